"""One row queued by one process: start, lock, append, end."""

import shutil
import subprocess

from harness.bench import Broken, count_lines
from harness.report import Result, interleave

ROW = '{"name":"scout","status":"idle","load":0.25}'
QUEUE = "logs/queue/default.jsonl"


def commands(bench, folder, *options):
    """The floor's and menacedb's command lines for the same bytes, in a folder ready for both."""
    ours = [bench.menacedb, "enqueue", "bots", ROW, *options]
    bench.run(ours, folder)
    line = (folder / QUEUE).read_text().rstrip("\n")
    durable = ["durable"] if "--durable" in options else []
    return [bench.floor("enqueue_process"), "floor.jsonl", line, *durable], ours


def calls_after_loader(bench, command, folder):
    """System calls from the loader's last one (it unmaps its cache) to the end, by strace."""
    subprocess.run(["strace", "-f", "-o", "trace", *command], cwd=folder, env=bench.environment,
                   stdout=subprocess.DEVNULL, check=True)
    calls = [line.split(None, 1)[1] for line in (folder / "trace").read_text().splitlines()]
    calls = [call.split("(")[0] for call in calls if "(" in call]
    last = calls.index("munmap") if "munmap" in calls else calls.index("execve")
    return calls[last + 1:]


def notes_on_calls(bench, floor, ours, folder):
    if not shutil.which("strace"):
        return ["system calls after the loader: not counted, strace is missing"]
    theirs = calls_after_loader(bench, floor, folder)
    mine = calls_after_loader(bench, ours, folder)
    shown = " ".join(mine[:40]) + (" ..." if len(mine) > 40 else "")
    return [f"system calls after the loader: floor {len(theirs)}, menacedb {len(mine)}: {shown}"]


def process(bench):
    folder = bench.folder("enqueue_process")
    floor, ours = commands(bench, folder)
    runs = 200 if bench.is_quick else 500

    results = interleave(bench, lambda: bench.run(floor, folder, runs=runs).median_us,
                         lambda: bench.run(ours, folder, runs=runs).median_us, warm=True)
    expected = (bench.rounds + 1) * runs
    if count_lines(folder / QUEUE) != expected + 1 or count_lines(folder / "floor.jsonl") != expected:
        raise Broken("lines are missing from a queue file")
    yield Result("enqueue_process", "us", *results, target="<= 1.25",
                 notes=notes_on_calls(bench, floor, ours, folder))


CASES = {"enqueue_process": process}
