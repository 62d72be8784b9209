"""The directory queue: one SQL write queued by one process, and a backlog of them applied."""

import json
import os
import shutil
import sqlite3

from harness.bench import Broken
from harness.report import Result, interleave

SQL = "UPDATE sessions SET seen = seen + 1 WHERE name = 'scout'"
FOLDERS = ("pending", "processing", "completed", "failed", ".tmp")
START = 1767323045000000000


def make_spool(path):
    for name in FOLDERS:
        (path / name).mkdir(parents=True)
    return path


def process(bench):
    folder = bench.folder("enqueue_sql_process")
    spool = make_spool(folder / "floor")
    ours = [bench.menacedb, "enqueue", "--sql", SQL, "--operation", "seen"]
    bench.run(ours, folder)
    pending = folder / ".hive-mind/queue/pending"
    text = next(pending.iterdir()).read_text()
    floor = [bench.floor("enqueue_sql"), spool, text]
    runs = 200 if bench.is_quick else 500
    results = interleave(bench, lambda: bench.run(floor, folder, runs=runs).median_us,
                         lambda: bench.run(ours, folder, runs=runs).median_us, warm=True)
    expected = (bench.rounds + 1) * runs
    if len(list(pending.iterdir())) != expected + 1:
        raise Broken("entries are missing from the queue")
    yield Result("enqueue_sql_process", "us", *results, target="<= 1.25", notes=[])


def entry(number):
    sequence = f"{START + number}_{number}"
    return f"5_{sequence}.json", json.dumps({
        "seq": sequence, "priority": 5, "operation": "insert_log",
        "sql": f"INSERT INTO log(n, note) VALUES({number}, 'entry {number} of the benchmark')",
        "metadata": {}, "created_at": "2026-01-02T04:42:43Z", "retries": 0}) + "\n"


class Spools:
    """A spool with a backlog, made afresh for each run."""

    def __init__(self, bench, count):
        self.bench, self.count = bench, count
        self.folder = bench.scratch / "dir_apply"

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        spool = make_spool(self.folder / ".hive-mind/queue")
        for number in range(self.count):
            name, text = entry(number)
            (spool / "pending" / name).write_text(text)
        db = sqlite3.connect(self.folder / ".hive-mind/hive.db")
        db.execute("CREATE TABLE log(id INTEGER PRIMARY KEY, n INTEGER, note TEXT)")
        db.execute("PRAGMA journal_mode=WAL")
        db.close()
        os.sync()  # writing all that back is not part of what is measured next

    def floor(self):
        self.prepare()
        run = self.bench.run([self.bench.floor("dir_apply"), ".hive-mind/queue"], self.folder)
        return self.count / run.seconds

    def ours(self):
        self.prepare()
        run = self.bench.run([self.bench.menacedb, "sync", "--format", "dir"], self.folder)
        db = sqlite3.connect(self.folder / ".hive-mind/hive.db")
        got = db.execute("SELECT count(*), sum(n) FROM log").fetchone()
        if got != (self.count, self.count * (self.count - 1) // 2):
            raise Broken(f"the table holds {got}")
        return self.count / run.seconds


def apply(bench):
    spools = Spools(bench, 20_000 if bench.is_quick else 100_000)
    results = interleave(bench, spools.floor, spools.ours, warm=True)
    yield Result("dir_apply", "entries/s", *results, target=">= 0.7", notes=[])


CASES = {"enqueue_sql_process": process, "dir_apply": apply}
