#!/usr/bin/env python3
"""What an operator must be able to rely on while several programs write to one database, tried with
real processes: stop_conditions.py MENACEDB [--hold SECONDS]

1. Two writers: both come to their end, one after the other, with nothing half done.
2. Another program holds an exclusive lock for a time (--hold): writes wait, fail with its name and
   exit 75 when the wait is over, and what is queued is applied afterwards.
3. Connections are counted while they are open, and the count returns to zero.
4. A writer that was refused the lock, and one that was killed, leave a sound database.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROWS = 20_000
# Another program: takes the lock, says so, and lets go when its input ends.
HOLDER = """
import sqlite3, sys
database = sqlite3.connect("shared.db", isolation_level=None, timeout=30)
database.execute("PRAGMA busy_timeout = 30000")
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
database.execute("ROLLBACK")
"""


class Failed(Exception):
    """What was promised did not happen."""


def expect(is_true, what):
    if not is_true:
        raise Failed(what)


class Scene:
    def __init__(self, program, folder, journal):
        self.program = program
        self.folder = folder
        with contextlib.closing(sqlite3.connect(folder / "shared.db")) as database:
            database.execute(f"PRAGMA journal_mode = {journal}")
            database.execute("CREATE TABLE teams(id INTEGER PRIMARY KEY)")
            database.execute("INSERT INTO teams VALUES (1)")
            database.execute("CREATE TABLE bots(id INTEGER PRIMARY KEY, name TEXT, "
                             "team INTEGER NOT NULL DEFAULT 1 REFERENCES teams)")
            database.commit()

    def start(self, *words, **options):
        settings = {"MENACEDB_DATABASES_BUSY_TIMEOUT": options.pop("busy_timeout", "5s")}
        return subprocess.Popen(
            [self.program, "--shared-db", "shared.db", *words], cwd=self.folder, text=True,
            stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                 "DB_ROUTER_SHARED_TABLES": "teams", **settings})

    def run(self, *words, status=0, **options):
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=180)
        expect(process.returncode == status,
               f"{' '.join(words)}: exit {process.returncode}, not {status}: {out}{err}")
        return out, err

    @contextlib.contextmanager
    def exclusive_lock(self):
        with subprocess.Popen([sys.executable, "-c", HOLDER], cwd=self.folder, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            expect(holder.stdout.readline() == "held\n", "the other program got no lock")
            try:
                yield holder
            finally:
                holder.stdin.close()

    def rows(self, where="1"):
        with contextlib.closing(sqlite3.connect(self.folder / "shared.db", timeout=60)) as database:
            return database.execute(f"SELECT count(*) FROM bots WHERE {where}").fetchone()[0]

    def expect_sound(self):
        self.run("verify")
        with contextlib.closing(sqlite3.connect(self.folder / "shared.db", timeout=60)) as database:
            expect(database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity")
            expect(database.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign keys")

    def connections(self):
        return json.loads(self.run("status", "--json")[0])["connections"]

    def insert(self, name):
        """A writer that takes its time: one statement with many rows."""
        return self.start("query", "--write", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                          f"i + 1 FROM n WHERE i < {ROWS}) INSERT INTO bots(name) "
                          f"SELECT '{name}' FROM n")


def two_writers(scene, _):
    writers = [scene.insert("first"), scene.insert("second"),
               scene.start("enqueue", "bots", "--direct", "--set", "name=third")]
    for writer in writers:
        _, err = writer.communicate(timeout=120)
        expect(writer.returncode == 0, f"a writer ended with {writer.returncode}: {err}")
    for name, count in (("first", ROWS), ("second", ROWS), ("third", 1)):
        expect(scene.rows(f"name = '{name}'") == count, f"the rows of the {name} writer")
    runs = "SELECT max(id) - min(id) + 1 AS span, count(*) AS rows FROM bots WHERE name = "
    with contextlib.closing(sqlite3.connect(scene.folder / "shared.db")) as database:
        for name in ("first", "second"):
            span, count = database.execute(f"{runs} '{name}'").fetchone()
            expect(span == count, f"the {name} writer was interrupted by another")
    scene.expect_sound()


def outside_lock(scene, hold):
    with scene.exclusive_lock() as holder:
        scene.run("enqueue", "bots", "--set", "name=queued")
        _, err = scene.run("enqueue", "bots", "--direct", "--set", "name=refused", status=75,
                           busy_timeout="100ms")
        expect("locked" in err, f"the refusal says no reason: {err}")
        expect(f"pid {holder.pid}" in err, f"the refusal names nobody: {err}")
        scene.run("sync", "--once", "--lock-timeout", "100ms", status=75)
        patient = scene.start("sync", "--once", "--lock-timeout", f"{hold + 60}s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            patient.wait(timeout=hold)
            raise Failed("sync did not wait for the lock")
    _, err = patient.communicate(timeout=120)
    expect(patient.returncode == 0, f"sync after the lock: {err}")
    expect(scene.rows("name = 'queued'") == 1, "what was queued was not applied once")
    expect(scene.rows("name = 'refused'") == 0, "what was refused is there")
    scene.expect_sound()


def connections(scene, _):
    expect(scene.connections() == 0, "connections before the first")
    with scene.exclusive_lock():
        expect(scene.connections() == 1, "the connection of the other program")
        waiting = scene.start("sync", "--once", "--lock-timeout", "60s")
        reader = contextlib.closing(sqlite3.connect(scene.folder / "shared.db"))
        with reader:
            expect(scene.connections() >= 2, "the connections of two programs")
    expect(waiting.wait(timeout=120) == 0, "sync with nothing to do")
    waiting.communicate()
    expect(scene.connections() == 0, "the count did not return to zero")


def integrity(scene, _):
    with scene.exclusive_lock():
        scene.run("query", "--write", "INSERT INTO bots(name) VALUES ('refused')", status=75,
                  busy_timeout="50ms")
    for delay in (0.0, 0.01, 0.02, 0.04, 0.08):
        writer = scene.insert("killed")
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        expect(scene.rows("name = 'killed'") % ROWS == 0, "a killed writer left a part")
        scene.expect_sound()
    expect(scene.rows("name = 'refused'") == 0, "what was refused is there")
    scene.run("enqueue", "bots", "--direct", "--set", "name=after")
    expect(scene.rows("name = 'after'") == 1, "nothing can be written any more")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("menacedb", type=pathlib.Path)
    parser.add_argument("--hold", type=float, default=2, help="seconds")
    options = parser.parse_args()
    for journal in ("wal", "delete"):
        for condition in (two_writers, outside_lock, connections, integrity):
            with tempfile.TemporaryDirectory(prefix="menacedb-stop-",
                                             ignore_cleanup_errors=True) as folder:
                scene = Scene(options.menacedb.resolve(), pathlib.Path(folder), journal)
                try:
                    condition(scene, options.hold)
                except Failed as failure:
                    print(f"{condition.__name__} ({journal}): {failure}", file=sys.stderr)
                    return 1
                print(f"{condition.__name__} ({journal}): ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
