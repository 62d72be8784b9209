#!/usr/bin/env python3
"""Real power cuts: an ext4 file system in a loop image is shut down by ioctl in the middle of the work,
without flushing its journal, and mounted again. Every entry that was acknowledged with --durable must
then be in the database exactly once, and no entry twice, whatever the cut undid.

Exit 77 (skipped) where this machine does not let us mount one.

usage: power_cut.py MENACEDB [--rounds N] [--seed S]
"""
import argparse
import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
SKIPPED = 77


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, folder):
        self.image, self.mount_point = f"{folder}/disk.img", f"{folder}/disk"
        os.mkdir(self.mount_point)
        with open(self.image, "wb") as image:
            image.truncate(1 << 30)  # sparse: the long form fills 96 MiB
        made = run("mkfs.ext4", "-q", "-F", self.image)
        if made.returncode != 0:
            skip(f"cannot make a file system: {made.stderr}")

    def mount(self):
        # commit=1: the journal is written each second, so that a cut meets it in all states.
        mounted = run("mount", "-o", "loop,commit=1", self.image, self.mount_point)
        if mounted.returncode != 0:
            skip(f"cannot mount a loop image: {mounted.stderr.strip()}")

    def cut(self):
        descriptor = os.open(self.mount_point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self):
        for _ in range(100):
            if run("umount", self.mount_point).returncode == 0:
                return
            time.sleep(0.05)
        run("umount", "-l", self.mount_point)


def enter_own_mounts():
    """Whoever copies the mounts of this machine meanwhile would keep ours in use, and the next mount of the
    image would be the file system that was cut, not what is on its disk."""
    if "MENACEDB_OWN_MOUNTS" not in os.environ and shutil.which("unshare"):
        os.environ["MENACEDB_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def skip(reason):
    print(f"power_cut: skipped: {reason}")
    sys.exit(SKIPPED)


class Fleet:
    """Producers and drains at work on the disk until the power goes."""

    def __init__(self, menacedb, folder, rng):
        self.menacedb, self.folder, self.rng = menacedb, folder, rng
        self.durable, self.offered = set(), set()
        self.is_over = threading.Event()
        self.children = []

    def producer(self, number, round_number):
        i = 0
        while not self.is_over.is_set():
            names = [f"r{round_number}-p{number}-{i + k}" for k in range(self.rng.randrange(1, 30))]
            i += len(names)
            self.offered.update(names)
            options = ["--durable"] if number % 2 == 0 else []
            rows = "".join(json.dumps({"name": name}) + "\n" for name in names)
            answer = subprocess.run(
                [self.menacedb, "enqueue", "telemetry", "--stdin", "--json", "--menace-id",
                 f"origin{number}", *options], cwd=self.folder, input=rows, capture_output=True,
                text=True, check=False)
            if answer.returncode == 0 and options and not self.is_over.is_set():
                self.durable.update(names)

    def work(self, round_number, duration, cut):
        threads = [threading.Thread(target=self.producer, args=(n, round_number)) for n in range(4)]
        for arguments in (["sync", "--watch"], ["sync", "--interval", "0.05"]):
            self.children.append(subprocess.Popen([self.menacedb, *arguments], cwd=self.folder,
                                                  stdout=subprocess.DEVNULL,
                                                  stderr=subprocess.DEVNULL))
        for thread in threads:
            thread.start()
        time.sleep(duration)
        # From here on nothing that is acknowledged counts: the cut may come before or after it.
        self.is_over.set()
        cut()
        for child in self.children:
            child.send_signal(signal.SIGKILL)
            child.wait()
        for thread in threads:
            thread.join()
        self.children = []
        self.is_over.clear()


def settle(menacedb, folder):
    for _ in range(100):
        result = subprocess.run([menacedb, "sync", "--once", "--json"], cwd=folder,
                                capture_output=True, text=True, check=False)
        if result.returncode == 0 and json.loads(result.stdout)["remaining"] == 0:
            return
        time.sleep(0.1)
    sys.exit(f"power_cut: sync ended with {result.returncode}: {result.stdout} {result.stderr}")


def check(fleet, folder):
    connection = sqlite3.connect(f"{folder}/shared/global.db")
    counts = dict(connection.execute("SELECT name, count(*) FROM telemetry GROUP BY name"))
    integrity, = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    lost = [name for name in fleet.durable if name not in counts]
    twice = [name for name, count in counts.items() if count != 1]
    unknown = [name for name in counts if name not in fleet.offered]
    if lost or twice or unknown or integrity != "ok":
        sys.exit(f"power_cut: {len(lost)} lost {lost[:3]}, {len(twice)} twice {twice[:3]}, "
                 f"{len(unknown)} unknown, integrity {integrity}")
    return len(counts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("menacedb")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if os.geteuid() != 0:
        skip("mounting needs root")
    enter_own_mounts()
    menacedb = os.path.abspath(options.menacedb)
    rng = random.Random(options.seed)
    for name in [n for n in os.environ if n.startswith(("MENACE", "DB_ROUTER_", "SHARED_QUEUE"))]:
        del os.environ[name]
    scratch = tempfile.mkdtemp(prefix="menacedb-power-")
    disk = Disk(scratch)
    disk.mount()
    folder = f"{disk.mount_point}/site"
    try:
        os.makedirs(f"{folder}/shared")
        os.makedirs(f"{folder}/logs/queue")
        connection = sqlite3.connect(f"{folder}/shared/global.db")
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE telemetry(name TEXT);")
        connection.close()
        os.sync()
        fleet = Fleet(menacedb, folder, rng)
        for number in range(options.rounds):
            try:
                fleet.work(number, 0.3 + rng.random() * 1.2, disk.cut)
            except OSError as error:
                skip(f"this file system cannot be shut down: {error}")
            disk.unmount()
            disk.mount()
            settle(menacedb, folder)
            rows = check(fleet, folder)
            # What a cut undid without a promise may not come back later as if it were new.
            os.sync()
        print(f"seed {options.seed}: {options.rounds} power cuts, {len(fleet.durable)} durable "
              f"entries, {rows} rows, none lost, none twice")
    finally:
        disk.unmount()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
