#!/usr/bin/env python3
"""The work that recorded_cut.py records: producers of all manners, passes, a watch that is killed,
replay, rows of two databases, broken lines. Started under record_calls with the folder of an
installation; writes to PLAN which entries each process promised, and how.

usage: recorded_work.py MENACEDB FOLDER PLAN SEED
"""
import fcntl
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time


class Work:
    def __init__(self, menacedb, folder, seed):
        self.menacedb, self.folder, self.rng = menacedb, folder, random.Random(seed)
        self.count = 0
        self.plan = []  # {"process" or "label", "table", "names", "durable"}
        os.chdir(folder)

    def names(self, count):
        self.count += count
        return [f"n{number}" for number in range(self.count - count, self.count)]

    def start(self, *arguments):
        return subprocess.Popen([self.menacedb, *arguments], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def sync(self, *arguments):
        self.start("sync", "--once", *arguments).communicate()

    def enqueue(self, table, count, durable, origin="alpha"):
        """A producer that was started; finish() waits for it."""
        names = self.names(count)
        rows = [json.dumps({"name": name}) for name in names]
        form = ["--stdin"] if count > 1 else [rows[0]]
        process = self.start("enqueue", table, *form, "--json", "--menace-id", origin,
                             *(["--durable"] if durable else []))
        if count > 1:
            process.stdin.write("\n".join(rows).encode() + b"\n")
        process.stdin.close()
        self.plan.append({"process": process.pid, "table": table, "names": names,
                          "durable": durable})
        return process

    @staticmethod
    def finish(*processes):
        for process in processes:
            process.stdout.read()
            process.wait()

    def append(self, count, durable, locks, broken=False, origin="plain"):
        """A program that knows nothing of menacedb: its promise is that of fsync."""
        names = self.names(count)
        lines = "".join(json.dumps({"table": "telemetry", "source_menace_id": origin,
                                    "data": {"name": name}}) + "\n" for name in names)
        if broken:
            lines = "".join(f"broken {name}\n" for name in names)
        file = os.open(f"logs/queue/{origin}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if locks:
            fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, lines.encode())
        if durable:
            os.fsync(file)
            directory = os.open("logs/queue", os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
        os.close(file)
        label = f"appended {names[0]}\n"
        os.write(1, label.encode())
        self.plan.append({"label": label, "table": "broken" if broken else "telemetry",
                          "names": names, "durable": durable})

    def some(self, origin="alpha"):
        return self.enqueue("telemetry", self.rng.randint(1, 6), self.rng.random() < 0.6, origin)

    def burst(self):
        producers = [self.some(self.rng.choice(["alpha", "beta"])) for _ in range(3)]
        drain = self.start("sync", "--once") if self.rng.random() < 0.5 else None
        self.append(self.rng.randint(1, 3), self.rng.random() < 0.5, self.rng.random() < 0.5)
        self.finish(*producers)
        if drain:
            drain.communicate()

    def watch(self):
        """Entries are decided in place, a few at a time, until the watch is killed."""
        watch = self.start("sync", "--watch")
        for _ in range(5):
            self.finish(self.enqueue("telemetry", 1, self.rng.random() < 0.8))
            self.append(1, self.rng.random() < 0.5, True)
        watch.send_signal(signal.SIGKILL)
        watch.communicate()

    def settle(self):
        """Until the sealed segments are in the archive: each waits a second for its writers."""
        for _ in range(60):
            self.sync()
            if not any(name.endswith(".jsonl") for name in os.listdir("logs/queue/sealed")):
                return
            time.sleep(0.1)

    def run(self):
        self.finish(self.enqueue("telemetry", 1, True))  # makes the spool
        self.finish(self.enqueue("errors", 2, True), self.enqueue("memory", 2, True))
        self.burst()
        self.append(2, True, True, broken=True)
        self.sync()
        self.finish(self.enqueue("errors", 1, True), self.enqueue("memory", 1, True))
        self.sync()
        self.watch()
        connection = sqlite3.connect("shared/global.db")
        connection.execute("CREATE TABLE IF NOT EXISTS errors(name TEXT)")
        connection.close()
        self.burst()
        self.sync("--replay-failed")
        self.settle()
        self.burst()
        self.watch()
        self.finish(self.enqueue("memory", 2, True))
        self.sync()


def main():
    menacedb, folder, plan, seed = sys.argv[1:]
    work = Work(menacedb, folder, int(seed))
    work.run()
    with open(plan, "w", encoding="utf-8") as file:
        json.dump(work.plan, file)


if __name__ == "__main__":
    main()
