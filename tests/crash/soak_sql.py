#!/usr/bin/env python3
"""Shell producers queue increments while what drains the directory queue is killed all the time.

soak_sql.py MENACEDB [--producers N] [--entries N] [--kills-per-second N] [--drain worker|sync|both]

Each producer is a shell that runs `menacedb enqueue --sql 'UPDATE t SET n = n + 1'` again and again, sometimes
directly (`--direct`). At the end n must be exactly the number of entries, and every counter must say the same.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile

SQL = "UPDATE t SET n = n + 1"
DIRECT_EVERY = 50  # entries
DRAINS = {"worker": ["worker", "run", "--log-level", "error"],
          "sync": ["sync", "--watch", "--format", "dir", "-q"]}


def producer(menacedb, folder, environment, count):
    script = (f'for i in $(seq {count}); do past=; [ $((i % {DIRECT_EVERY})) = 0 ] && past=--direct; '
              f'"$0" enqueue --sql "{SQL}" $past >/dev/null || exit 1; done')
    return subprocess.Popen(["sh", "-c", script, menacedb], cwd=folder, env=environment)


def drain_and_kill(command, folder, environment, after):
    drain = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        drain.wait(timeout=after)
        raise SystemExit(f"a drain ended by itself with {drain.returncode}")
    except subprocess.TimeoutExpired:
        drain.send_signal(signal.SIGKILL)
        drain.wait()


def finish(menacedb, folder, environment):
    for _ in range(50):
        done = subprocess.run([menacedb, "sync", "--format", "dir", "--json"], cwd=folder,
                              env=environment, stdout=subprocess.PIPE, check=True)
        if json.loads(done.stdout)["remaining"] == 0:
            return
    raise SystemExit("the queue never gets empty")


def check(menacedb, folder, environment, expected, direct):
    spool = folder / ".hive-mind/queue"
    database = sqlite3.connect(folder / "hive.db")
    (n,) = database.execute("SELECT n FROM t").fetchone()
    (integrity,) = database.execute("PRAGMA integrity_check").fetchone()
    stats = json.loads((spool / "stats.json").read_text())
    counts = {name: len(os.listdir(spool / name))
              for name in ("pending", "processing", "completed", "failed")}
    status = json.loads(subprocess.run([menacedb, "status", "--stats", "--json"], cwd=folder, env=environment,
                                       stdout=subprocess.PIPE, check=True).stdout)
    latencies = status["flow"]["latency"]["count"]
    print(f"n = {n} of {expected}, {direct} direct, {counts}, {stats}, {status['stats']}, {latencies} latencies")
    queued = expected - direct
    wanted = {"pending": 0, "processing": 0, "completed": queued, "failed": 0}
    told = {"enqueued": queued, "processed": queued, "failed": 0, "direct": direct}
    return (n == expected and integrity == "ok" and counts == wanted and latencies == queued
            and all(of[name] == told[name] for of in (stats, status["stats"]) for name in told))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("menacedb", type=pathlib.Path)
    parser.add_argument("--producers", type=int, default=4)
    parser.add_argument("--entries", type=int, default=400)
    parser.add_argument("--kills-per-second", type=float, default=25)
    parser.add_argument("--drain", choices=[*DRAINS, "both"], default="both")
    options = parser.parse_args()
    drains = list(DRAINS) if options.drain == "both" else [options.drain]
    menacedb = str(options.menacedb.resolve())
    kills = 0
    with tempfile.TemporaryDirectory(prefix="menacedb-soak-") as name:
        folder = pathlib.Path(name)
        database = sqlite3.connect(folder / "hive.db")
        database.executescript("CREATE TABLE t(n INTEGER); INSERT INTO t VALUES(0);")
        database.close()
        environment = {"PATH": os.environ["PATH"], "HOME": name, "HIVE_DB": "hive.db",
                       "QUEUE_IDLE_EXIT": "0"}
        each = options.entries // options.producers
        producers = [producer(menacedb, folder, environment, each)
                     for _ in range(options.producers)]
        while any(process.poll() is None for process in producers):
            pause = random.uniform(0, 2) / options.kills_per_second
            drain = DRAINS[random.choice(drains)]
            drain_and_kill([menacedb, *drain], folder, environment, pause)
            kills += 1
        if any(process.returncode != 0 for process in producers):
            return "a producer failed"
        finish(menacedb, folder, environment)
        print(f"{kills} kills")
        is_right = check(menacedb, folder, environment, each * options.producers,
                         each // DIRECT_EVERY * options.producers)
        return 0 if is_right else "the numbers are wrong"


if __name__ == "__main__":
    sys.exit(main())
