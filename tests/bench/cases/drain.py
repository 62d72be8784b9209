"""Backlogs applied to a database: against hand-written loaders, by size, and in how much memory."""

import json
import shutil
import sqlite3

from harness import rows
from harness.bench import Broken, at_rest, copy_at_rest, count_lines
from harness.report import Result, interleave

PLAIN = f"CREATE TABLE telemetry(id INTEGER PRIMARY KEY, {rows.COLUMNS})"
UNIQUE = f"CREATE TABLE telemetry(id INTEGER PRIMARY KEY, {rows.COLUMNS}, content_hash TEXT UNIQUE)"
HEARTBEAT = "CREATE TABLE heartbeat(id INTEGER PRIMARY KEY, at INTEGER, note TEXT)"


def make_database(path, table, held=0):
    """A WAL database with the table, holding the first `held` rows."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-1000000")
    db.execute("BEGIN")
    db.execute(table)
    db.execute(HEARTBEAT)
    if held:
        db.executemany("INSERT INTO telemetry(seq, name, note, score, active, content_hash)"
                       " VALUES(?, ?, ?, ?, ?, ?)", map(rows.values, range(held)))
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode=WAL")
    db.close()
    at_rest(path)
    return path


def contents(path):
    """Enough of the table to tell whether two drains did the same."""
    db = sqlite3.connect(path)
    columns = [row[1] for row in db.execute("PRAGMA table_info(telemetry)")]
    last = ", content_hash" if "content_hash" in columns else ""
    sums = db.execute("SELECT count(*), sum(seq), sum(score), sum(active), sum(length(note)) "
                      "FROM telemetry").fetchone()
    tail = db.execute(f"SELECT seq, name, note, score, active{last} FROM telemetry "
                      "ORDER BY id DESC LIMIT 100").fetchall()
    db.close()
    return sums, tail


class Backlog:
    """A queue file and a database, both at rest, copied afresh for each run."""

    def __init__(self, bench, name, lines, database, applied):
        self.bench, self.lines, self.database, self.applied = bench, lines, database, applied
        self.folder = bench.scratch / name
        self.seen = None
        self.wal_left = {}

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "queue").mkdir(parents=True)
        copy_at_rest(self.lines, self.folder / "queue" / "alpha.jsonl")
        copy_at_rest(self.database, self.folder / "shared.db")

    def check(self):
        answer = json.loads((self.folder / "answer.json").read_text().splitlines()[-1])
        if answer["applied"] != self.applied:
            raise Broken(f"{answer['applied']} rows applied, {self.applied} expected")
        found = contents(self.folder / "shared.db")
        self.seen = self.seen or found
        if found != self.seen:
            raise Broken("menacedb and the floor left different rows")

    def run(self, command):
        self.prepare()
        run = self.bench.run(command, self.folder, stdout="answer.json")
        wal = self.folder / "shared.db-wal"
        self.wal_left[command[0]] = wal.stat().st_size if wal.exists() else 0
        self.check()
        return run

    def our_command(self):
        return [self.bench.menacedb, "sync", "--once", "--queue-dir", "queue", "--db-path",
                "shared.db", "--json"]

    def floor_command(self, name):
        return [self.bench.floor(name), "queue/alpha.jsonl", "shared.db"]


def against(bench, name, backlog, floor_name, target):
    """The result of a drain beside its floor, both in rows a second."""
    count = count_lines(backlog.lines)
    floor, ours = backlog.floor_command(floor_name), backlog.our_command()
    rates = interleave(bench, lambda: count / backlog.run(floor).seconds,
                       lambda: count / backlog.run(ours).seconds)
    size = backlog.lines.stat().st_size // count
    left = backlog.wal_left[ours[0]] / 1e6
    return Result(name, "rows/s", *rates, target=target,
                  notes=[f"{count:,} lines of {size} bytes, {backlog.applied:,} of them applied; "
                         f"menacedb leaves a WAL of {left:.0f} MB, the floor none"])


def plain_of(bench, name, make):
    count = 200_000 if bench.is_quick else 1_000_000
    source = bench.folder(name + "_source")
    lines = rows.write(source / "lines", make, range(count))
    backlog = Backlog(bench, name, lines, make_database(source / "db", PLAIN), count)
    yield against(bench, name, backlog, "drain_plain", ">= 0.85")


def plain(bench):
    yield from plain_of(bench, "drain_plain", rows.short_line)
    yield from plain_of(bench, "drain_plain_full", rows.full_line)


def dedup_numbers(held, count):
    """New rows with a few that are there already: one in 100, half from long ago, half just new."""
    for i in range(count):
        if i % 100 == 50:
            yield i * 7 % held if i % 200 == 50 else held + i - 40
        else:
            yield held + i


def dedup_source(bench, name, count):
    held = 1_000_000
    source = bench.folder(name + "_source")
    numbers = list(dedup_numbers(held, count))
    lines = rows.write(source / "lines", rows.full_line, numbers)
    applied = len({number for number in numbers if number >= held})
    return lines, make_database(source / "db", UNIQUE, held), applied


def dedup(bench):
    count = 100_000 if bench.is_quick else 300_000
    lines, database, applied = dedup_source(bench, "drain_dedup", count)
    backlog = Backlog(bench, "drain_dedup", lines, database, applied)
    yield against(bench, "drain_dedup", backlog, "drain_dedup", ">= 1.30")


def flat(bench):
    """No floor: each size is compared with the smallest one, round by round."""
    source = bench.folder("drain_flat_source")
    database = make_database(source / "db", PLAIN)
    sizes = (10_000, 50_000, 200_000) if bench.is_quick else (10_000, 100_000, 1_000_000)
    backlogs = [Backlog(bench, "drain_flat",
                        rows.write(source / f"lines{size}", rows.short_line, range(size)), database,
                        size) for size in sizes]
    runs = {size: [] for size in sizes}
    for _ in range(bench.rounds):
        for size, backlog in zip(sizes, backlogs):
            runs[size].append(backlog.run(backlog.our_command()))
    per_row = {size: [run.total_us / size for run in runs[size]] for size in sizes}
    for size in sizes[1:]:
        yield Result(f"drain_flat_{size}", "us/row", per_row[sizes[0]], per_row[size],
                     target="<= 1.10", notes=[f"the floor column is menacedb with {sizes[0]:,} rows"])
    for size in sizes:
        yield Result(f"drain_memory_{size}", "MiB", [], [run.peak_kib / 1024 for run in runs[size]],
                     target="<= 96", target_of="menacedb")


CASES = {"drain_plain": plain, "drain_dedup": dedup, "drain_flat": flat}
