"""Streams of rows appended to one queue file, by one and by eight writers.

Durable appends are compared twice, because `enqueue --stdin` acknowledges a stream as a whole and
therefore syncs once per write, while the floor of the stream has to be told how much to write
between two syncs: it gets what menacedb was seen to write per sync. The second comparison is of
single entries, each acknowledged by the end of its process: there both sync once per line.
"""

import re
import shutil
import statistics
import subprocess

from cases.enqueue import QUEUE, commands
from harness import rows
from harness.bench import Broken, Skipped, count_lines
from harness.report import Result, interleave

WRITERS = (1, 8)


class Stream:
    """The same lines for both: rows for menacedb's standard input, its own lines for the floor."""

    def __init__(self, bench, name, writers, count, *options):
        self.bench, self.writers, self.count = bench, writers, count
        self.folder = bench.folder(f"{name}_{writers}")
        self.ours = [bench.menacedb, "enqueue", "bots", "--stdin", *options]
        self.queue = self.folder / QUEUE
        for writer in range(writers):
            first = writer * count
            source = rows.write(self.folder / f"rows.{writer}", rows.plain_row,
                                range(first, first + count))
            bench.run([bench.menacedb, "enqueue", "bots", "--stdin"], self.folder, stdin=source)
            self.queue.rename(self.folder / f"lines.{writer}")
        self.size = sum((self.folder / f"lines.{writer}").stat().st_size
                        for writer in range(writers))

    def _rate(self, target, command, stdin):
        target.unlink(missing_ok=True)
        run = self.bench.run(command, self.folder, lanes=self.writers, stdin=stdin)
        if count_lines(target) != self.writers * self.count:
            raise Broken(f"'{target}' does not hold the lines that were appended")
        target.unlink()
        return self.writers * self.count / run.seconds

    def floor_rate(self, command):
        return self._rate(self.folder / "floor.jsonl", command, "/dev/null")

    def our_rate(self):
        return self._rate(self.queue, self.ours, self.folder / "rows.{}")

    def note(self, rates):
        line = self.size / (self.writers * self.count)
        return (f"lines of {line:.0f} bytes: floor {statistics.median(rates[0]) * line / 1e6:.0f} "
                f"MB/s, menacedb {statistics.median(rates[1]) * line / 1e6:.0f} MB/s")


def stream(bench):
    for writers in WRITERS:
        count = (40_000 if bench.is_quick else 200_000) // (1 if writers == 1 else 4)
        work = Stream(bench, "append_stream", writers, count)
        floor = [bench.floor("append_lines"), "locked", "floor.jsonl", "lines.{}"]
        rates = interleave(bench, lambda: work.floor_rate(floor), work.our_rate)
        yield Result(f"append_stream_{writers}", "lines/s", *rates, target=">= 0.80",
                     notes=[work.note(rates)])


def bytes_per_sync(work):
    """How much menacedb appends between two syncs, seen by strace."""
    if not shutil.which("strace"):
        raise Skipped("strace is missing, so the floor cannot be given menacedb's writes")
    with open(work.folder / "rows.0", "rb") as source:
        subprocess.run(["strace", "-f", "-e", "trace=write,writev,pwrite64,fdatasync,fsync", "-o",
                        "trace", *work.ours], cwd=work.folder, env=work.bench.environment,
                       stdin=source, stdout=subprocess.DEVNULL, check=True)
    work.queue.unlink()
    trace = (work.folder / "trace").read_text()
    written = [int(size) for size in re.findall(r"write\w*\(\d+,.*= (\d+)$", trace, re.MULTILINE)]
    syncs = max(1, len(re.findall(r"fdatasync\(", trace)))
    return sum(written) // syncs, syncs


def durable_stream(bench):
    for writers in WRITERS:
        count = (40_000 if bench.is_quick else 200_000) // (1 if writers == 1 else 4)
        work = Stream(bench, "append_durable", writers, count, "--durable")
        chunk, syncs = bytes_per_sync(work)
        floor = [bench.floor("append_durable"), "floor.jsonl", "lines.{}", chunk]
        rates = interleave(bench, lambda: work.floor_rate(floor), work.our_rate)
        yield Result(f"append_durable_{writers}", "lines/s", *rates, target=">= 0.80",
                     notes=[work.note(rates), f"menacedb syncs {syncs} times per writer, after "
                            f"{chunk:,} bytes each: so does the floor"])


def durable_entries(bench):
    runs = 100 if bench.is_quick else 300
    for writers in WRITERS:
        folder = bench.folder(f"append_durable_entry_{writers}")
        floor, ours = commands(bench, folder, "--durable")

        def rate(command):
            run = bench.run(command, folder, runs=runs, lanes=writers)
            return runs * writers / run.seconds

        rates = interleave(bench, lambda: rate(floor), lambda: rate(ours), warm=True)
        yield Result(f"append_durable_entry_{writers}", "lines/s", *rates, target=">= 0.80",
                     notes=["one process, one line, one sync at a time per writer"])


def durable(bench):
    yield from durable_entries(bench)
    yield from durable_stream(bench)


CASES = {"append_stream": stream, "append_durable": durable}
