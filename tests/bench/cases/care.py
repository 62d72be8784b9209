"""Commands of database care against the bare pragmas that do their work."""

import shutil
import sqlite3

from harness.bench import Broken, at_rest
from harness.report import Result, interleave


def database(folder, rows, wal):
    """A database of many rows with an index; with `wal` all of them wait in the WAL."""
    path = folder / "source.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, note TEXT)")
    db.execute("CREATE INDEX t_name ON t (name)")
    for first in range(0, rows, 10_000):
        db.execute("BEGIN")
        db.executemany("INSERT INTO t VALUES (?, ?, ?)",
                       ((i, f"name {i * 7919 % rows}", "x" * 100)
                        for i in range(first, min(first + 10_000, rows))))
        db.execute("COMMIT")
    if not wal:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:  # as it stands now, before the close carries it over
        shutil.copyfile(path, folder / "full.db")
        shutil.copyfile(f"{path}-wal", folder / "full.db-wal")
    db.close()
    return folder / ("full.db" if wal else "source.db")


def checkpoint(bench):
    folder = bench.folder("checkpoint")
    source = database(folder, 200_000 if bench.is_quick else 1_000_000, wal=True)
    target = folder / "x.db"
    floor = [bench.floor("pragma"), "x.db", "PRAGMA wal_checkpoint(TRUNCATE)"]
    ours = [bench.menacedb, "checkpoint", "x.db", "--quiet"]

    def run(command):
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")
            at_rest(folder / f"x.db{suffix}")
        (folder / "x.db-shm").unlink(missing_ok=True)
        seconds = bench.run(command, folder).seconds
        if (folder / "x.db-wal").stat().st_size != 0:
            raise Broken("the WAL was not emptied")
        return seconds * 1000

    size = (folder / "full.db-wal").stat().st_size
    yield Result("checkpoint", "ms", *interleave(bench, lambda: run(floor), lambda: run(ours),
                                                 warm=True),
                 target="<= 1.10", notes=[f"a WAL of {size / 1e6:.0f} MB, truncated"])


def verify_quick(bench):
    folder = bench.folder("verify_quick")
    source = database(folder, 500_000 if bench.is_quick else 2_000_000, wal=False)
    at_rest(source)
    floor = [bench.floor("pragma"), source, "PRAGMA quick_check; PRAGMA foreign_key_check"]
    ours = [bench.menacedb, "verify", source, "--quick", "--quiet"]
    yield Result("verify_quick", "ms",
                 *interleave(bench, lambda: bench.run(floor, folder).seconds * 1000,
                             lambda: bench.run(ours, folder).seconds * 1000, warm=True),
                 target="<= 1.10", notes=[f"a database of {source.stat().st_size / 1e6:.0f} MB"])


CASES = {"checkpoint": checkpoint, "verify_quick": verify_quick}
