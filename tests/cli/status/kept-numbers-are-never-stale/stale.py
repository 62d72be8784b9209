"""Changes a database in every way that is known, and compares what status says with what it reads:
with --stats, it always asks the database."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

DATABASE = Path("shared/global.db")
KEPT = Path("logs/queue/sealed/.status")
ADD = "UPDATE menacedb_stats SET value = value + 1 WHERE name = 'applied'"


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


def numbers(*options):
    answer = json.loads(run("menacedb", "status", "--json", *options))
    for queue in (answer["queue"], *answer["queues"]):
        queue["oldest_ms"] = queue["oldest_ms"] is not None
    return {key: answer[key] for key in ("queue", "queues", "stats", "health", "problems", "access")}


def applied():
    return numbers()["stats"]["processed"]


def keep():
    """Until status has kept its numbers: not within a moment of the last write."""
    KEPT.unlink(missing_ok=True)
    give_up = time.monotonic() + 60
    while not KEPT.exists():
        numbers()
        assert time.monotonic() < give_up, "nothing is kept"
    before = KEPT.stat().st_ino
    numbers()
    assert KEPT.stat().st_ino == before


def connect(**options):
    return sqlite3.connect(DATABASE, isolation_level=None, **options)


def execute(*statements):
    database = connect()
    for statement in statements:
        database.execute(statement).fetchall()
    database.close()


def by_menacedb():
    run("menacedb", "enqueue", "bots", "--set", f"name={time.time_ns()}")
    run("menacedb", "sync")


def by_shell():
    run("sqlite3", DATABASE, ADD)


def in_python(*statements):
    return lambda: execute(*statements)


def in_program(text):
    """One that ends without closing anything."""
    def change():
        subprocess.run([sys.executable, "-c", "import os, sqlite3\n"
                        f"database = sqlite3.connect({str(DATABASE)!r}, isolation_level=None)\n"
                        f"{text}\nos._exit(0)"], check=True)
    return change


def replaced_by_rename():
    copy = Path("copy.db")
    copy.unlink(missing_ok=True)
    execute(f"VACUUM INTO '{copy}'")
    database = sqlite3.connect(copy)
    database.execute(ADD)
    database.commit()
    database.close()
    for ending in ("-wal", "-shm"):
        Path(f"{DATABASE}{ending}").unlink(missing_ok=True)
    copy.rename(DATABASE)


def overwritten_in_place():
    copy = Path("copy.db")
    execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(DATABASE, copy)
    database = sqlite3.connect(copy)
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(ADD)
    database.commit()
    database.execute("PRAGMA journal_mode = WAL")
    database.close()
    for ending in ("-wal", "-shm"):
        Path(f"{DATABASE}{ending}").unlink(missing_ok=True)
    shutil.copyfile(copy, DATABASE)
    times = KEPT.stat()
    os.utime(DATABASE, ns=(times.st_atime_ns, times.st_mtime_ns))


WAYS = {
    "menacedb": by_menacedb,
    "the shell": by_shell,
    "python": in_python(ADD),
    "a checkpoint": in_python(ADD, "PRAGMA wal_checkpoint(PASSIVE)"),
    "a truncated WAL": in_python(ADD, "PRAGMA wal_checkpoint(TRUNCATE)"),
    "a WAL written from its start": in_python("PRAGMA wal_checkpoint(RESTART)", ADD),
    "vacuum": in_python("VACUUM", ADD, "VACUUM"),
    "a program that dies": in_program(f"database.execute({ADD!r})"),
    "a program that has the file for itself": in_program(
        "database.execute('PRAGMA locking_mode = EXCLUSIVE')\n"
        f"database.execute('BEGIN IMMEDIATE'); database.execute({ADD!r})\n"
        "database.execute('COMMIT')"),
    "a program that dies before it commits": in_program(
        "database.execute('PRAGMA cache_size = 1'); database.execute('BEGIN IMMEDIATE')\n"
        "database.execute('CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL '\n"
        "                 'SELECT i + 1 FROM n LIMIT 3000) SELECT i, hex(randomblob(100)) FROM n')\n"
        f"database.execute({ADD!r})"),
    "another database's place": replaced_by_rename,
    "another database's content": overwritten_in_place,
    "a rollback journal": in_python("PRAGMA journal_mode = DELETE", ADD),
    "a rollback journal again": in_python(ADD),
    "a rollback journal that stays": in_python("PRAGMA journal_mode = PERSIST", ADD),
    "the WAL again": in_python("PRAGMA journal_mode = WAL", ADD),
}


def check(name, expected=1):
    told, real = numbers(), numbers("--stats")
    assert told == real, f"{name}: {told} instead of {real}"
    return told["stats"]["processed"]


def changes_while_nobody_is_connected():
    for name, change in WAYS.items():
        if not Path(f"{DATABASE}-journal").exists():  # then nothing is kept
            keep()
        before = applied()
        change()
        after = check(name)
        assert after == before + ("dies before" not in name), f"{name}: {before} to {after}"


def changes_while_somebody_is_connected():
    other = connect()
    other.execute("SELECT * FROM bots").fetchall()
    for statement in (ADD, f"BEGIN; {ADD}; COMMIT", "PRAGMA wal_checkpoint(RESTART)", ADD):
        keep()
        before = applied()
        other.executescript(statement)
        assert check(statement) == before + ("UPDATE" in statement)
    keep()
    before = applied()
    other.execute("BEGIN IMMEDIATE")
    other.execute(ADD)
    assert check("an open transaction") == before
    other.execute("COMMIT")
    assert check("its end") == before + 1
    other.close()


def changes_of_the_queues():
    keep()
    run("menacedb", "enqueue", "bots", "--set", "name=waits")
    assert numbers()["queue"]["pending"] == 1
    check("a row that waits")
    run("menacedb", "sync")
    keep()
    run("menacedb", "jobs", "add", "mail", "{}", "--delay", "1h")
    check("a job")
    keep()
    check("a job, once it is kept")


def a_lock_is_told():
    keep()
    holder = subprocess.Popen(["sqlite3", DATABASE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdin.write(b"PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT 'held';\n")
    holder.stdin.flush()
    while holder.stdout.readline().strip() != b"held":
        pass
    assert numbers()["problems"][0]["code"] == "database-locked", numbers()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    check("a lock")


def two_at_once():
    before = applied()
    for _ in range(5):
        KEPT.unlink(missing_ok=True)
        looks = [subprocess.Popen(["menacedb", "status", "--json"], stdout=subprocess.PIPE)
                 for _ in range(8)]
        for look in looks:
            assert json.loads(look.communicate()[0])["stats"]["processed"] == before
    check("many at once")


def files_that_are_not_ours():
    keep()
    good = KEPT.read_bytes()
    for bad in (b"", good[:-1], good[:40], good.replace(b"applied", b"applyed"), good + b"1 ",
                b"menacedb-status/2 " + good[18:], os.urandom(500), b"\0" * 500):
        KEPT.write_bytes(bad)
        check(f"a file with {bad[:20]}")
    secret = Path("secret")
    secret.write_text("nobody's business")
    for make in (lambda: KEPT.symlink_to(secret.resolve()), lambda: KEPT.symlink_to("nowhere"),
                 KEPT.mkdir, lambda: os.mkfifo(KEPT)):
        shutil.rmtree(KEPT) if KEPT.is_dir() and not KEPT.is_symlink() else KEPT.unlink()
        make()
        kind = KEPT.lstat().st_mode
        for _ in range(3):
            check("what is no file")
        assert KEPT.lstat().st_mode == kind
    assert secret.read_text() == "nobody's business" and not KEPT.with_name("nowhere").exists()
    KEPT.unlink()
    check("nothing")


DATABASE.parent.mkdir()
Path("logs/queue").mkdir(parents=True)
execute("CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT)")
by_menacedb()
for part in (changes_while_nobody_is_connected, changes_while_somebody_is_connected,
             changes_of_the_queues, a_lock_is_told, two_at_once, files_that_are_not_ours):
    part()
print("never stale")
