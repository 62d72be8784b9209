"""What `route` costs as a process, and how fast `query` hands on a large result."""

import shutil
import sqlite3

from harness.bench import Broken, Skipped, count_lines
from harness.report import Result, interleave


def process(bench):
    folder = bench.folder("route_process")
    runs = 200 if bench.is_quick else 500
    results = interleave(
        bench,
        lambda: bench.run([bench.floor("exit_only")], folder, runs=runs).median_us,
        lambda: bench.run([bench.menacedb, "route", "bots"], folder, runs=runs).median_us,
        warm=True,
    )
    yield Result("route_process", "us", *results, target="<= 1.5",
                 notes=["floor: a dynamically linked C program that only exits"])


def make_rows(folder, count):
    (folder / "shared").mkdir()
    connection = sqlite3.connect(folder / "shared" / "global.db")
    connection.execute("CREATE TABLE bots (id INTEGER PRIMARY KEY, name, load, source_menace_id)")
    connection.executemany(
        "INSERT INTO bots (name, load, source_menace_id) VALUES (?, ?, ?)",
        ((f"bot {n}", n / 8, ("alpha", "beta", None)[n % 3]) for n in range(count)))
    connection.commit()
    connection.close()


def stream(bench):
    shell = shutil.which("sqlite3")
    if not shell:
        raise Skipped("the sqlite3 shell is missing")
    folder = bench.folder("query_stream")
    count = 200_000 if bench.is_quick else 1_000_000
    make_rows(folder, count)
    sql = "SELECT * FROM bots"
    floor = [shell, "-json", "shared/global.db", sql]
    ours = [bench.menacedb, "query", sql, "--format", "jsonl"]
    results = interleave(
        bench,
        lambda: bench.run(floor, folder, stdout=folder / "floor.json").total_us,
        lambda: bench.run(ours, folder, stdout=folder / "ours.jsonl").total_us,
        warm=True,
    )
    if count_lines(folder / "ours.jsonl") != count:
        raise Broken("rows are missing")
    small = bench.run([*ours[:2], sql + " LIMIT 1000", *ours[3:]], folder).peak_kib
    large = bench.run(ours, folder).peak_kib
    yield Result("query_stream", "us", *results, target="<= 1.5",
                 notes=[f"{count} rows; floor: sqlite3 -json",
                        f"peak memory {large} KiB, of 1000 rows {small} KiB"])


CASES = {"route_process": process, "query_stream": stream}
