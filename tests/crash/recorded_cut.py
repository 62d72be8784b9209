#!/usr/bin/env python3
"""Simulated power cuts, for machines where power_cut.py cannot mount a disk (it runs on all of them):
real work (recorded_work.py) is recorded call by call (record_calls.cpp); disk_model.py then says
what a disk may hold when the power goes after one of these calls, of what was synced all, of the rest
any part. Such trees are made in a scratch folder, and menacedb is set to work there as after a boot:

- an entry that was acknowledged as durable before the cut is in its table or a dead letter, and in the
  end, when dead letters were replayed, in its table exactly once; broken lines are dead letters once;
- no entry is applied twice, none appears that was not produced, whatever was promised of it;
- a second pass finds nothing to do, the databases are sound, `verify --quick` has no complaint.

Some processes are killed while they are recorded, before one of their syncs: the next one cannot rely
on what they left unsynced. What failed stays in the scratch folder, with the recording, which
--recording cuts again; --at takes one place only.

Exit 77 (skipped) where processes may not be traced.

usage: recorded_cut.py RECORD_CALLS MENACEDB [--every N] [--rounds N] [--seed S] [--recording FOLDER]
"""
import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import disk_model

SKIPPED = 77
AT_ONCE = 16  # some trees have a torn line, which is given up after a second
TABLES = {"telemetry": "shared/global.db", "errors": "shared/global.db",
          "memory": "menace_alpha_local.db"}
OUTCOMES = list(itertools.product(("lost", "kept", "first", "some"), repeat=2))


class Failure(Exception):
    pass


def expect(truth, message):
    if not truth:
        raise Failure(message)


def execute(path, sql):
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()


class Recording:
    """A run of recorded_work.py: the disk before it, its calls, and what was promised by when."""

    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/disk", "rb") as file:
            self.disk = pickle.load(file)
        with open(f"{folder}/calls", encoding="utf-8") as file:
            self.calls = [line.split() for line in file]
        with open(f"{folder}/plan", encoding="utf-8") as file:
            self.plan = json.load(file)
        self.find_promises()

    @staticmethod
    def make(options, folder, seed, kills):
        site = f"{folder}/site"
        os.makedirs(f"{site}/shared")
        execute(f"{site}/shared/global.db",
                "PRAGMA journal_mode=WAL; CREATE TABLE telemetry(name TEXT)")
        execute(f"{site}/menace_alpha_local.db", "CREATE TABLE memory(name TEXT)")
        with open(f"{folder}/disk", "wb") as file:
            pickle.dump(disk_model.Disk(site), file)
        here = os.path.dirname(os.path.abspath(__file__))
        recorded = subprocess.run(
            [options.recorder, site, f"{folder}/calls", ",".join(map(str, kills)), sys.executable,
             f"{here}/recorded_work.py", options.menacedb, site, f"{folder}/plan", str(seed)],
            stdout=subprocess.DEVNULL, check=False)
        if recorded.returncode == SKIPPED:
            print("recorded_cut: skipped: processes may not be traced here")
            sys.exit(SKIPPED)
        if recorded.returncode != 0:
            sys.exit(f"recorded_cut: the recorded work ended with {recorded.returncode}")
        return Recording(folder)

    def find_promises(self):
        """`promised`: {entry: number of calls after which it was acknowledged}."""
        self.table_of = {name: entry["table"] for entry in self.plan for name in entry["names"]}
        by_process = {str(entry.get("process")): entry for entry in self.plan}
        by_label = {entry.get("label"): entry for entry in self.plan}
        told, self.promised = {}, {}
        for number, (process, call, *values) in enumerate(self.calls):
            expect(call != "unknown", f"call {values} is not known to the model")
            if call == "output":
                entry = by_label.get(text(values[0]).decode(errors="replace"))
                if entry and entry["durable"]:
                    self.promised.update(dict.fromkeys(entry["names"], number))
                told.setdefault(process, number)
            if call == "exit" and values[0] == "0" and process in by_process:
                entry = by_process[process]
                if entry["durable"]:
                    self.promised.update(dict.fromkeys(entry["names"], told[process]))

    def cuts(self):
        """Lets the disk go through all states: yields the number of calls made, when one counts."""
        yield 0
        for number, (_, call, *values) in enumerate(self.calls, 1):
            if call not in ("output", "exit", "killed"):
                getattr(self.disk, call)(*arguments(call, values))
                yield number


def text(word):
    return b"" if word == "-" else bytes.fromhex(word)


def arguments(call, values):
    """The values of a call, as the model takes them."""
    kinds = {"open": "nbp", "mkdir": "np", "write": "nnd", "truncate": "nn", "sync": "nb",
             "attribute": "npd", "rename": "bpp", "link": "pp", "unlink": "p", "rmdir": "p"}
    convert = {"n": int, "b": lambda word: word == "1", "d": text,
               "p": lambda word: text(word).decode()}
    return [convert[kind](value) for kind, value in zip(kinds[call], values)]


class Site:
    """An installation after a cut."""

    def __init__(self, menacedb, folder):
        self.menacedb, self.folder = menacedb, folder

    def run(self, *words, allowed=(0,)):
        result = subprocess.run([self.menacedb, *words], cwd=self.folder, capture_output=True,
                                text=True, check=False)
        expect(result.returncode in allowed, f"{' '.join(words)} ended with {result.returncode}: "
                                             f"{result.stderr} {result.stdout}")
        return result.stdout

    def sync(self):
        """Until nothing is queued: a torn line is left alone for a second."""
        for _ in range(100):
            report = json.loads(self.run("sync", "--once", "--json", allowed=(0, 1)))
            if report["remaining"] == 0:
                return
            time.sleep(0.1)
        raise Failure(f"the queue does not become empty: {report}")

    def finish(self):
        self.sync()
        report = json.loads(self.run("sync", "--once", "--json"))
        expect(not any(report[key] for key in ("applied", "duplicates", "failed", "remaining")),
               f"a second pass found something: {report}")

    def expect_sound(self):
        """A file that the cut put back into sealed/ returns to the archive after a second's rest."""
        for _ in range(100):
            said = self.run("verify", "--quick", allowed=(0, 1))
            if said.endswith("all is sound\n"):
                return
            time.sleep(0.1)
            self.sync()
        raise Failure(f"verify still complains: {said}")

    def replay(self):
        execute(f"{self.folder}/shared/global.db", "CREATE TABLE IF NOT EXISTS errors(name TEXT)")
        self.run("replay-failed", "--json", allowed=(0, 1))
        self.sync()

    def names(self):
        found = collections.Counter()
        for table, path in TABLES.items():
            for name, in self.select(path, f"SELECT name FROM {table}", table):
                found[table, name] += 1
        return found

    def dead(self):
        """The lines of the dead letters, those of the database and those of the file."""
        rows = self.select("shared/global.db",
                           "SELECT line FROM menacedb_dead WHERE state = 'dead'", "menacedb_dead")
        try:
            with open(f"{self.folder}/logs/queue/queue.failed.jsonl", encoding="utf-8",
                      errors="replace") as file:
                exported = [readable(line) for line in file]
        except FileNotFoundError:
            exported = []
        return [row[0].decode(errors="replace") for row in rows], exported

    def select(self, path, sql, table):
        connection = sqlite3.connect(f"{self.folder}/{path}")
        try:
            expect(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",),
                   f"{path} is damaged")
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?",
                                      (table,)).fetchone():
                return []
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def readable(line):
    try:
        record = json.loads(line)["record"]
        return record if isinstance(record, str) else json.dumps(record)
    except (ValueError, KeyError):
        return line


def check_entries(recording, made, found):
    expected = {(recording.table_of[name], name) for name, number in recording.promised.items()
                if number < made and recording.table_of[name] != "broken"}
    offered = {(table, name) for name, table in recording.table_of.items()}
    twice = sorted(entry for entry, count in found.items() if count > 1)
    strange = sorted(set(found) - offered)
    expect(not twice and not strange, f"twice {twice}, unknown {strange}")
    return sorted(expected - set(found))


def check(recording, made, site):
    site.finish()
    dead, exported = site.dead()
    lost = [name for _, name in check_entries(recording, made, site.names())
            if not any(f'"{name}"' in line for line in dead)]
    expect(not lost, f"lost {lost}")
    site.replay()
    site.finish()
    lost = check_entries(recording, made, site.names())
    expect(not lost, f"lost in the replay {lost}")
    dead, exported = site.dead()
    for name, table in recording.table_of.items():
        line = f"broken {name}"
        if table == "broken":
            least = 1 if recording.promised.get(name, made) < made else 0
            expect(least <= dead.count(line) <= 1, f"{dead.count(line)} dead letters '{line}'")
            expect(exported.count(line) == dead.count(line),
                   f"'{line}' is {exported.count(line)} times in queue.failed.jsonl")
    site.expect_sound()


def after_boot(path, content):
    """The index of SQLite's log is built anew; numbers given out before belong to another boot."""
    if path.endswith("-shm"):
        return None
    if path.endswith("/.spool"):
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return content.replace(file.read().strip().encode(), b"-" * 36)
    return content


class Cutter:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.room = threading.BoundedSemaphore(2 * AT_ONCE)
        self.results, self.made = [], 0

    def cut(self, recording, number, outcome, rng):
        """The tree is made now, the rest happens while others are made."""
        self.made += 1
        folder = f"{self.scratch}/cut-{self.made}"
        os.mkdir(folder)
        disk_model.Cut(recording.disk, rng, *outcome).write(folder, after_boot)
        self.room.acquire()
        self.results.append(self.pool.submit(self.judge, recording, number, outcome, folder))

    def judge(self, recording, number, outcome, folder):
        """Why the cut is not what it should be, or None."""
        try:
            check(recording, number, Site(self.options.menacedb, folder))
        except Failure as failure:
            names, data = outcome
            return (f"cut after call {number} of {recording.folder} "
                    f"(names {names}, data {data}): {failure}; see {folder}")
        finally:
            self.room.release()
        shutil.rmtree(folder)
        return None

    def failures(self):
        return [text for text in (result.result() for result in self.results) if text]


def cut_recording(recording, cutter, options, rng):
    places = 0
    for number in recording.cuts():
        seed = rng.randrange(1 << 30)
        if options.at is not None:
            chosen = OUTCOMES if number == options.at else []
        elif rng.random() * options.every >= 1:
            chosen = []
        else:
            chosen = rng.sample(OUTCOMES, options.outcomes)
        places += bool(chosen)
        for i, outcome in enumerate(chosen):
            cutter.cut(recording, number, outcome, random.Random(seed + i))
    return places


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("recorder")
    parser.add_argument("menacedb")
    parser.add_argument("--every", type=int, default=20, help="about one of N calls is cut")
    parser.add_argument("--outcomes", type=int, default=2, help="trees for each cut")
    parser.add_argument("--rounds", type=int, default=2, help="recordings")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--recording")
    parser.add_argument("--at", type=int)
    options = parser.parse_args()
    options.recorder, options.menacedb = map(os.path.abspath, (options.recorder, options.menacedb))
    for name in [n for n in os.environ if n.startswith(("MENACE", "DB_ROUTER_", "SHARED_QUEUE"))]:
        del os.environ[name]
    started = time.monotonic()
    rng = random.Random(options.seed)
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="menacedb-recorded-"))
    cutter = Cutter(options, scratch)
    calls = places = 0
    for number in range(1 if options.recording else options.rounds):
        if options.recording:
            recording = Recording(options.recording)
        else:
            folder = f"{scratch}/recording-{number}"
            os.mkdir(folder)
            kills = rng.sample(range(20, 220), 6) if number % 2 == 1 else []
            recording = Recording.make(options, folder, options.seed + number, kills)
        calls += len(recording.calls)
        places += cut_recording(recording, cutter, options, rng)
    failures = cutter.failures()
    if failures:
        print("\n".join(failures[:20]))
        sys.exit(f"recorded_cut: FAILED {len(failures)} of {cutter.made} times (seed {options.seed})")
    shutil.rmtree(scratch)
    print(f"seed {options.seed}: {calls} calls recorded, {places} cuts, {cutter.made} outcomes, none "
          f"lost, none twice, {time.monotonic() - started:.1f} s")
    if cutter.made == 0:
        sys.exit("recorded_cut: FAILED: nothing was cut")


if __name__ == "__main__":
    main()
