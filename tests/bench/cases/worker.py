"""How soon an idle worker applies what arrives, and what it costs while it waits."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

from harness.bench import Broken
from harness.report import Result


def make_database(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT)")
    database.close()


def probe(bench, folder, file, database):
    count = 200 if bench.is_quick else 1000
    done = subprocess.run([bench.floor("worker_probe"), file, database, str(count)], cwd=folder,
                          env=bench.environment, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Broken(f"the probe ended with {done.returncode}")
    return json.loads(done.stdout)


def floor_times(bench, program, arrivals):
    folder = bench.folder("worker_floor")
    make_database(folder / "floor.db")
    for name in ("pending", "completed", ".tmp"):
        (folder / "spool" / name).mkdir(parents=True)
    worker = subprocess.Popen([bench.floor(program), "spool", "floor.db"], cwd=folder,
                              env=bench.environment, stdout=subprocess.PIPE)
    worker.stdout.readline()
    try:
        return probe(bench, folder, f"spool/{arrivals}", "floor.db")
    finally:
        worker.kill()
        worker.communicate()


def process_state(pid):
    """CPU in ms, wake-ups so far, memory in KiB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    switches = int(status["voluntary_ctxt_switches"])
    return (int(fields[11]) + int(fields[12])) * tick, switches, int(status["VmRSS"].split()[0])


def latency(bench, name, program, arrivals):
    ours, floors, idle = [], [], []
    seconds = 3 if bench.is_quick else 10
    for _ in range(bench.rounds):
        floors.append(floor_times(bench, program, Path(arrivals).name))
        folder = bench.folder("worker")
        make_database(folder / "shared/global.db")
        environment = {**bench.environment, "QUEUE_IDLE_EXIT": "0"}
        worker = subprocess.Popen([bench.menacedb, "worker", "run", "--log-level", "error"],
                                  cwd=folder, env=environment)
        try:
            queue = folder / ".hive-mind/queue"
            while not ((queue / "worker.pid").exists() and (queue / ".tmp").exists()):
                time.sleep(0.001)
            ours.append(probe(bench, folder, arrivals, "shared/global.db"))
            time.sleep(3)  # it settles what it has decided
            before = process_state(worker.pid)
            time.sleep(seconds)
            after = process_state(worker.pid)
            idle.append([after[0] - before[0], after[1] - before[1], after[2]])
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
    note = (f"idle for {seconds} s: {max(row[0] for row in idle):.0f} ms of CPU, "
            f"{max(row[1] for row in idle)} wake-ups, {max(row[2] for row in idle)} KiB")
    for part, target in (("p50", "<= 3"), ("p99", ""), ("max", "")):
        yield Result(f"{name}_{part}", "ms", [answer[part] for answer in floors],
                     [answer[part] for answer in ours], target=target,
                     notes=[note] if part == "p50" else [])


def rows_latency(bench):
    yield from latency(bench, "worker_latency", "worker_wait", "logs/queue/lines.jsonl")


def dir_latency(bench):
    yield from latency(bench, "worker_latency_dir", "dir_wait", ".hive-mind/queue/pending")


def status_process(bench):
    runs = 200 if bench.is_quick else 1000
    folder = bench.folder("status")
    make_database(folder / "shared/global.db")
    bench.run([bench.menacedb, "init"], folder)
    bench.run([bench.menacedb, "enqueue", "bots", "--set", "name=a"], folder)
    bench.run([bench.menacedb, "sync"], folder)
    floors, ours = [], []
    for _ in range(bench.rounds):
        floors.append(bench.run([bench.floor("exit_only")], folder, runs=runs).median_us)
        ours.append(bench.run([bench.menacedb, "status"], folder, runs=runs).median_us)
    yield Result("status_process", "us", floors, ours, target="<= 2")


CASES = {"worker_latency": rows_latency, "worker_latency_dir": dir_latency,
         "status_process": status_process}
