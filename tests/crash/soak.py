#!/usr/bin/env python3
"""Eight producers of all manners, two competing drains, random SIGKILLs, every lock file deleted under
them again and again; then each acknowledged entry must be in the database exactly once, and no entry
twice.

usage: soak.py MENACEDB [--entries N] [--seed S]
"""
import argparse
import fcntl
import glob
import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BATCH = 100
PAUSE = 0.08  # at most, after each batch: the work is to last long enough for many kills


def line(name):
    return json.dumps({"table": "telemetry", "data": {"name": name}}) + "\n"


def by_command(menacedb, folder, origin, names, acknowledged, rng):
    """`enqueue --stdin`, sometimes killed on the way: what was not acknowledged may be there or not."""
    for start in range(0, len(names), BATCH):
        batch = names[start:start + BATCH]
        rows = "".join(json.dumps({"name": name}) + "\n" for name in batch).encode()
        time.sleep(rng.random() * PAUSE)
        process = subprocess.Popen(
            [menacedb, "enqueue", "telemetry", "--stdin", "--json", "--menace-id", origin],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if rng.random() < 0.05:
            time.sleep(rng.random() * 0.002)
            process.kill()
            process.communicate()
            continue
        out, err = process.communicate(rows)
        if process.returncode == 0 and json.loads(out)["accepted"] == len(batch):
            acknowledged.extend(batch)
        else:
            sys.exit(f"soak: enqueue ended with {process.returncode}: {err.decode()}")


def by_locked_append(_menacedb, folder, origin, names, acknowledged, rng):
    for number, name in enumerate(names):
        if number % BATCH == 0:
            time.sleep(rng.random() * PAUSE)
        with open(f"{folder}/logs/queue/{origin}.jsonl", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line(name))
        acknowledged.append(name)


def by_careless_append(_menacedb, folder, origin, names, acknowledged, rng):
    """Opens once and keeps the file open for a while, locks nothing."""
    file, left = None, 0
    for name in names:
        if left == 0:
            if file is not None:
                os.close(file)
            file = os.open(f"{folder}/logs/queue/{origin}.jsonl",
                           os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            left = rng.randrange(1, 50)
        os.write(file, line(name).encode())
        acknowledged.append(name)
        left -= 1
        if rng.random() < 1 / BATCH:
            time.sleep(rng.random() * PAUSE)  # with the file open
    os.close(file)


MANNERS = [by_command] * 4 + [by_locked_append] * 2 + [by_careless_append] * 2


def produce(number, menacedb, folder, count, seed):
    rng = random.Random(seed * 100 + number)
    acknowledged = []
    names = [f"p{number}-{i}" for i in range(count)]
    MANNERS[number](menacedb, folder, f"origin{number}", names, acknowledged, rng)
    with open(f"{folder}/acknowledged.{number}", "w", encoding="utf-8") as file:
        file.write("\n".join(acknowledged))


def start_drain(menacedb, folder):
    with tempfile.NamedTemporaryFile(dir=f"{folder}/drains", delete=False) as answers:
        return subprocess.Popen([menacedb, "sync", "--watch", "--limit", "300", "--quiet", "--json"], cwd=folder,
                                stdout=answers, stderr=subprocess.DEVNULL)


def applied_by_drains(folder):
    """What each drain reported; a killed one does not get to report its last pass."""
    sums = []
    for answers in glob.glob(f"{folder}/drains/*"):
        with open(answers, encoding="utf-8") as file:
            whole = [text for text in file if text.endswith("\n")]
        sums.append(sum(json.loads(text)["applied"] for text in whole))
    return sums


def disturb(menacedb, folder, producers, rng):
    """Kills drains and deletes lock files for as long as somebody produces."""
    drains = [start_drain(menacedb, folder) for _ in range(2)]
    kills = deletions = 0
    while any(producer.is_alive() for producer in producers):
        time.sleep(0.01 + rng.random() * 0.05)
        victim = rng.randrange(2)
        if rng.random() < 0.5:
            drains[victim].send_signal(signal.SIGKILL)
            drains[victim].wait()
            drains[victim] = start_drain(menacedb, folder)
            kills += 1
        for lock in glob.glob(f"{folder}/logs/queue/sealed/.drain.lock*") + glob.glob(
                f"{folder}/shared/*-menacedb.lock"):
            try:
                os.unlink(lock)
                deletions += 1
            except FileNotFoundError:
                pass
    for drain in drains:
        drain.terminate()
        # One that has just been started may not have come to catch the signal yet.
        if drain.wait(timeout=60) not in (0, -signal.SIGTERM):
            sys.exit(f"soak: a drain that was asked to stop ended with {drain.returncode}")
    return kills, deletions


def finish(menacedb, folder):
    for _ in range(50):
        result = subprocess.run([menacedb, "sync", "--once", "--json"], cwd=folder,
                                capture_output=True, check=False)
        if result.returncode != 0:
            sys.exit(f"soak: sync ended with {result.returncode}: {result.stderr.decode()}")
        if json.loads(result.stdout)["remaining"] == 0:
            return
        time.sleep(0.2)
    sys.exit("soak: the queues do not become empty")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("menacedb")
    parser.add_argument("--entries", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    menacedb = os.path.abspath(options.menacedb)
    rng = random.Random(options.seed)
    for name in [n for n in os.environ if n.startswith(("MENACE", "DB_ROUTER_", "SHARED_QUEUE"))]:
        del os.environ[name]
    folder = tempfile.mkdtemp(prefix="menacedb-soak-")
    os.makedirs(f"{folder}/shared")
    os.makedirs(f"{folder}/logs/queue")
    os.makedirs(f"{folder}/drains")
    connection = sqlite3.connect(f"{folder}/shared/global.db")
    connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE telemetry(name TEXT);")
    connection.close()

    started = time.monotonic()
    producers = [multiprocessing.Process(
        target=produce, args=(i, menacedb, folder, options.entries // 8, options.seed))
        for i in range(8)]
    for producer in producers:
        producer.start()
    kills, deletions = disturb(menacedb, folder, producers, rng)
    if any(producer.exitcode != 0 for producer in producers):
        sys.exit("soak: a producer failed")
    finish(menacedb, folder)

    acknowledged = set()
    for i in range(8):
        with open(f"{folder}/acknowledged.{i}", encoding="utf-8") as file:
            acknowledged.update(file.read().split("\n"))
    connection = sqlite3.connect(f"{folder}/shared/global.db")
    counts = dict(connection.execute("SELECT name, count(*) FROM telemetry GROUP BY name"))
    integrity, = connection.execute("PRAGMA integrity_check").fetchone()
    lost = [name for name in acknowledged if name not in counts]
    twice = [name for name, count in counts.items() if count != 1]
    failed = f"{folder}/logs/queue/queue.failed.jsonl"
    dead = sum(1 for _ in open(failed, encoding="utf-8")) if os.path.exists(failed) else 0
    reported = applied_by_drains(folder)
    busy = sum(1 for applied in reported if applied)
    print(f"seed {options.seed}: {len(acknowledged)} acknowledged, {len(counts)} rows, {len(lost)} lost,"
          f" {len(twice)} twice, {dead} dead letters, {kills} of {len(reported)} drains killed,"
          f" {busy} of them applied something, {deletions} lock files deleted, integrity {integrity}, {time.monotonic() - started:.1f} s")
    is_tried = kills > 0 and deletions > 0 and busy > 2
    if lost or twice or dead or integrity != "ok" or not is_tried or sum(reported) > len(counts):
        print(f"soak: FAILED, see {folder}; lost {lost[:5]}, twice {twice[:5]}")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
