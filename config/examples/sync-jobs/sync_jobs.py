#!/usr/bin/env python3
"""Runs one job: its type is in the environment, its payload on the standard input.

Exit 0: done. Exit 75: not now, try again. Anything else: this attempt failed, and the end of what
was said on the standard error is kept with the job."""

import hashlib
import json
import os
import pathlib
import shutil
import sys

TRY_AGAIN = 75


def sync_bucket(job):
    """{"bucket": "photos", "from": "/srv/in", "to": "/srv/out"}: copies what is new or newer."""
    source = pathlib.Path(job["from"]) / job["bucket"]
    target = pathlib.Path(job["to"]) / job["bucket"]
    if not source.is_dir():
        sys.exit(f"there is no bucket {source}")
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif not copy.exists() or copy.stat().st_mtime < path.stat().st_mtime:
            keep(path, copy)


def download_pins(job):
    """{"store": "pins", "pins": [{"sha256": "…", "source": "/mnt/peer/file"}]}"""
    for pin in job["pins"]:
        copy = pathlib.Path(job["store"]) / pin["sha256"]
        source = pathlib.Path(pin["source"])
        if copy.exists():
            continue  # by an attempt before this one
        if not source.exists():
            print(f"{source} is not there yet", file=sys.stderr)
            sys.exit(TRY_AGAIN)
        if hashlib.sha256(source.read_bytes()).hexdigest() != pin["sha256"]:
            sys.exit(f"{source} has other content than was pinned")
        keep(source, copy)


def ping_peer(job):
    """{"peers": "peers"}: a file <name>.pid for each; writes <name>.state."""
    for path in sorted(pathlib.Path(job["peers"]).glob("*.pid")):
        try:
            os.kill(int(path.read_text()), 0)
            state = "alive"
        except (ProcessLookupError, ValueError):
            state = "gone"
        path.with_suffix(".state").write_text(state + "\n")


def keep(source, copy):
    """Under its name only when it is whole: the job may be killed and run again at any time."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    unfinished = copy.with_name(f".{copy.name}.{os.environ['MENACEDB_JOB_ID']}")
    shutil.copy2(source, unfinished)
    unfinished.replace(copy)


HANDLERS = {"SyncBucket": sync_bucket, "DownloadPins": download_pins, "PingPeer": ping_peer}
HANDLERS[os.environ["MENACEDB_JOB_TYPE"]](json.load(sys.stdin))
