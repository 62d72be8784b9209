#!/usr/bin/env python3
"""Kills the real program before its n-th system call, for enqueue, sync and replay-failed; then lets
others finish the work. Each acknowledged entry must be there exactly once, each dead letter exactly
once in menacedb_dead and in queue.failed.jsonl.

usage: syscalls.py KILL_AT_SYSCALL MENACEDB [--every N] [--seed S]
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

SKIPPED, KILLED = 77, 137
AT_ONCE = 8  # sites; most of the time they wait for the torn tail to be given up
TORN = '{"table": "telemetry", "data": {"na'
BROKEN = "neither JSON nor empty"


class Failure(Exception):
    pass


def expect(truth, message):
    if not truth:
        raise Failure(message)


def line(table, name):
    return json.dumps({"table": table, "source_menace_id": "alpha", "data": {"name": name}}) + "\n"


def execute(path, sql):
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()


class Site:
    """One installation, with entries of every fate in its queue."""

    def __init__(self, menacedb, scratch):
        self.menacedb, self.folder = menacedb, tempfile.mkdtemp(dir=scratch)
        self.database = f"{self.folder}/shared/global.db"
        os.makedirs(f"{self.folder}/shared")
        os.makedirs(f"{self.folder}/logs/queue")
        execute(self.database, "PRAGMA journal_mode=WAL; CREATE TABLE telemetry(name TEXT)")
        execute(f"{self.folder}/menace_alpha_local.db", "CREATE TABLE memory(name TEXT)")
        self.expected = {"a", "b", "c", "d", "local", "late-1", "late-2"}
        self.append("alpha", line("telemetry", "a") + BROKEN + "\n" + line("errors", "late-1")
                    + line("memory", "local") + line("telemetry", "b") + line("errors", "late-2")
                    + line("telemetry", "c") + TORN)
        self.append("alpha@p2", line("telemetry", "d"))

    def append(self, lane, text):
        with open(f"{self.folder}/logs/queue/{lane}.jsonl", "a", encoding="utf-8") as file:
            file.write(text)

    def run(self, *arguments, tracer=(), rows=""):
        return subprocess.run([*tracer, self.menacedb, *arguments], cwd=self.folder, input=rows,
                              capture_output=True, text=True, check=False)

    def create_late_table(self):
        execute(self.database, "CREATE TABLE IF NOT EXISTS errors(name TEXT)")

    def sync(self):
        """Until nothing is queued: a torn tail is left alone for a second."""
        for _ in range(100):
            result = self.run("sync", "--once", "--json")
            expect(result.returncode in (0, 1), f"sync ended with {result.returncode}: {result.stderr}")
            if json.loads(result.stdout)["remaining"] == 0:
                return
            time.sleep(0.05)
        raise Failure("the queue does not become empty")

    def finish(self):
        self.sync()
        self.create_late_table()
        result = self.run("replay-failed", "--json")
        expect(result.returncode in (0, 1),
               f"replay-failed ended with {result.returncode}: {result.stderr}")
        self.sync()

    def names(self):
        found = collections.Counter()
        for path, table in ((self.database, "telemetry"), (self.database, "errors"),
                            (f"{self.folder}/menace_alpha_local.db", "memory")):
            connection = sqlite3.connect(path)
            found.update(name for name, in connection.execute(f"SELECT name FROM {table}"))
            expect(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), "integrity")
            connection.close()
        return found

    def check(self, maybe=()):
        found = self.names()
        expect({name: count for name, count in found.items() if count != 1} == {}, f"twice: {found}")
        lost, strange = self.expected - set(found), set(found) - self.expected - set(maybe)
        expect(not lost and not strange, f"lost {lost}, unknown {strange}")
        connection = sqlite3.connect(self.database)
        dead = [row[0].decode() for row in connection.execute(
            "SELECT line FROM menacedb_dead WHERE state = 'dead'")]
        connection.close()
        with open(f"{self.folder}/logs/queue/queue.failed.jsonl", encoding="utf-8") as file:
            exported = [json.loads(text)["record"] for text in file]
        expect(sorted(dead) == sorted([BROKEN, TORN]), f"menacedb_dead holds {dead}")
        expect(sorted(exported) == sorted([BROKEN, TORN]), f"queue.failed.jsonl holds {exported}")

    def remove(self):
        shutil.rmtree(self.folder)


class EnqueueOne:
    """One row, behind the torn tail of a producer that died."""
    name, maybe, rows = "enqueue", ("new",), ""
    arguments = ("enqueue", "telemetry", '{"name": "new"}', "--menace-id", "alpha", "--json")

    def prepare(self, site):
        pass


class EnqueueStream:
    name, maybe = "enqueue --stdin --durable", ("new-1", "new-2", "new-3")
    rows = "".join(json.dumps({"name": name}) + "\n" for name in maybe)
    arguments = ("enqueue", "telemetry", "--stdin", "--durable", "--menace-id", "alpha", "--json")

    def prepare(self, site):
        pass


class Sync:
    name, maybe, rows = "sync --once", (), ""
    arguments = ("sync", "--once", "--json")

    def prepare(self, site):
        pass


class ReplayFailed:
    name, maybe, rows = "replay-failed", (), ""
    arguments = ("replay-failed", "--json")

    def prepare(self, site):
        site.sync()
        site.create_late_table()


class Settle:
    """A pass that finds segments to settle, a spool that is known and rows in the outbox."""
    name, maybe, rows = "sync --once of a used spool", (), ""
    arguments = ("sync", "--once", "--replay-failed", "--json")

    def prepare(self, site):
        site.run("sync", "--once")
        site.create_late_table()
        site.append("alpha", line("telemetry", "e"))
        site.expected.add("e")


def kill_at(scenario, number, options, scratch):
    """The number of system calls seen, and whether the program was killed before its end."""
    site = Site(os.path.abspath(options.menacedb), scratch)
    scenario.prepare(site)
    count_file = f"{site.folder}/count"
    result = site.run(*scenario.arguments, rows=scenario.rows,
                      tracer=(os.path.abspath(options.tracer), str(number), count_file))
    if result.returncode == SKIPPED and number == 0:
        print("syscalls: skipped: processes may not be traced here")
        sys.exit(SKIPPED)
    expect(result.returncode in (0, 1, KILLED),
           f"the program ended with {result.returncode}: {result.stderr}")
    if scenario.maybe and result.stdout.strip():
        site.expected.update(scenario.maybe)
    site.finish()
    site.check(scenario.maybe)
    with open(count_file, encoding="utf-8") as file:
        calls = int(file.read())
    site.remove()
    return calls, result.returncode == KILLED


def attempt(scenario, number, options, scratch):
    """Whether it was killed, or why the entries are not as they should be."""
    try:
        return kill_at(scenario, number, options, scratch)[1]
    except Failure as failure:
        return f"{scenario.name} killed before system call {number}: {failure}"


def run_scenario(scenario, options, rng, scratch):
    started = time.monotonic()
    calls, _ = kill_at(scenario, 0, options, scratch)
    numbers = range(1 + rng.randrange(options.every), calls + 1, options.every)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda number: attempt(scenario, number, options, scratch), numbers))
    failures = [result for result in results if isinstance(result, str)]
    if failures:
        print("\n".join(failures))
        sys.exit(f"syscalls: FAILED {len(failures)} times (seed {options.seed}), see {scratch}")
    kills = sum(results)
    print(f"{scenario.name}: {calls} system calls, {kills} kills, "
          f"{time.monotonic() - started:.1f} s", flush=True)
    return kills


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tracer")
    parser.add_argument("menacedb")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    for name in [n for n in os.environ if n.startswith(("MENACE", "DB_ROUTER_", "SHARED_QUEUE"))]:
        del os.environ[name]
    scratch = tempfile.mkdtemp(prefix="menacedb-syscalls-")
    scenarios = (EnqueueOne(), EnqueueStream(), Sync(), Settle(), ReplayFailed())
    kills = sum(run_scenario(scenario, options, rng, scratch) for scenario in scenarios)
    if kills == 0:
        sys.exit("syscalls: FAILED: nothing was killed")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
