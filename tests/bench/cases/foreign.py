"""How long another program waits for its write while a drain runs in the same database."""

import json
import signal
import subprocess

from cases import drain
from harness import rows
from harness.bench import Broken
from harness.report import Result

PERCENTILES = ("p50", "p95", "p99", "max")


def write_beside(bench, folder, seconds, meanwhile=None):
    """The writer's answer; it ends with `meanwhile`, else after so many seconds."""
    writer = subprocess.Popen([bench.floor("foreign_writer"), "shared.db", str(seconds)],
                              cwd=folder, env=bench.environment, stdout=subprocess.PIPE, text=True)
    if meanwhile:
        try:
            meanwhile()
        finally:
            writer.send_signal(signal.SIGTERM)
    answer, _ = writer.communicate()
    if writer.returncode != 0:
        raise Broken(f"the foreign writer ended with {writer.returncode}")
    return json.loads(answer)


def measure(bench, name, backlog):
    alone, beside, rates = [], [], []
    for _ in range(bench.rounds):
        backlog.prepare()
        alone.append(write_beside(bench, backlog.folder, 1 if bench.is_quick else 3))
        backlog.prepare()

        def drained():
            run = bench.run(backlog.our_command(), backlog.folder, stdout="answer.json")
            rates.append(backlog.applied / run.seconds)

        beside.append(write_beside(bench, backlog.folder, 600, drained))
        backlog.check()
    errors = sum(answer["errors"] for answer in beside)
    writes = sum(answer["writes"] for answer in beside)
    for percentile in PERCENTILES:
        judged = percentile == "p95"
        yield Result(f"{name}_{percentile}", "ms", [answer[percentile] for answer in alone],
                     [answer[percentile] for answer in beside], target="<= 100" if judged else "",
                     target_of="menacedb",
                     notes=[f"{writes} writes beside the drain, {errors} failed; the drain applied "
                            f"{min(rates):,.0f} to {max(rates):,.0f} rows/s; the floor column is the "
                            "writer alone"] if judged else [])


def foreign_writer(bench):
    count = 200_000 if bench.is_quick else 1_000_000
    source = bench.folder("foreign_plain_source")
    lines = rows.write(source / "lines", rows.short_line, range(count))
    database = drain.make_database(source / "db", drain.PLAIN)
    backlog = drain.Backlog(bench, "foreign_plain", lines, database, count)
    yield from measure(bench, "foreign_writer", backlog)

    bench.clear()
    lines, database, applied = drain.dedup_source(bench, "foreign_dedup", 100_000)
    backlog = drain.Backlog(bench, "foreign_dedup", lines, database, applied)
    yield from measure(bench, "foreign_writer_dedup", backlog)


CASES = {"foreign_writer": foreign_writer}
