"""An audit log of a million lines summed up."""

import json
import random
import sys
from pathlib import Path

from harness.bench import Broken
from harness.report import Result, interleave

LINES = 1_000_000
IDS = [f"instance-{number:02}" for number in range(40)]
TABLES = ["bots", "code", "errors", "information", "telemetry", "workflow_summaries", "memory",
          "patch_history", "roi_events", "synergy_history"]
OPERATIONS = ["read", "read", "read", "write", "queue_insert", "insert"]
PYTHON = Path(__file__).resolve().parents[1] / "floors" / "audit_scan.py"


def write_log(path):
    """Lines of 112 bytes on the average, as the old router writes them."""
    chosen = random.Random(3)
    with open(path, "w", encoding="ascii") as log:
        for number in range(LINES):
            stamp = f"2026-03-{1 + number // 40_000:02}T{number // 3600 % 24:02}:" \
                    f"{number // 60 % 60:02}:{number % 60:02}.{chosen.randrange(1_000_000):06}"
            log.write(f'{{"menace_id": "{chosen.choice(IDS)}", "table_name": '
                      f'"{chosen.choice(TABLES)}", "operation": "{chosen.choice(OPERATIONS)}", '
                      f'"timestamp": "{stamp}"}}\n')


def analyse(bench):
    folder = bench.folder("audit_analyse")
    write_log(folder / "audit.log")
    ours = [bench.menacedb, "audit-analyse", "audit.log", "--json"]
    floor = [bench.floor("audit_scan"), "audit.log"]
    python = [sys.executable, PYTHON, "audit.log"]
    peaks = []

    def measured(command):
        run = bench.run(command, folder, stdout="answer")
        return run.total_us / 1000, run.peak_kib

    def our_time():
        time, peak = measured(ours)
        answer = json.loads((folder / "answer").read_text())
        if answer["entries"] != LINES or answer["malformed"] != 0:
            raise Broken("not every line was counted")
        peaks.append(peak)
        return time

    times = interleave(bench, lambda: measured(floor)[0], our_time, warm=True)
    size = (folder / "audit.log").stat().st_size
    yield Result("audit_analyse", "ms", *times, target="<= 1.50",
                 notes=[f"{LINES:,} lines, {size / 1e6:.0f} MB; peak memory {max(peaks) / 1024:.1f} MiB"])
    rates = interleave(bench, lambda: 1 / measured(python)[0], lambda: 1 / our_time())
    yield Result("audit_analyse_python", "runs/ms", *rates, target=">= 15",
                 notes=["the floor is Python's json module, line by line"])


CASES = {"audit_analyse": analyse}
