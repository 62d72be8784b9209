#!/usr/bin/env python3
"""The policy is rewritten again and again while a drain applies entries.

policy_soak.py MENACEDB [--entries N] [--rewrites N] [--drain worker|sync]

Every fifth rewrite is broken. Whatever the drain makes of it: no entry is lost or applied twice,
and each was applied under exactly one generation, a good one, as the home store counts it and as
the hooks left their number in the row.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

PATIENCE = 120
MENDED = 1_000_000
HOOKS = 'function transform(entry)\n  entry.data.policy = {number}\n  return entry\nend\n'
BROKEN_HOOKS = 'function transform(entry)\n  entry.data.policy = -{number}\n  return entry\n'
SETTINGS = '[lua]\nhooks = "hooks.lua"\n[routing]\nshared = ["t{number}"]\n'
BROKEN_SETTINGS = ('[lua]\nhooks = "hooks.lua"\n[routing]\nshraed = ["t{number}"]\n',
                   '[lua]\nhooks = "hooks.lua"\n[routing]\nshared = ["t{number}"\n')


class Soak:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="menacedb-policy-"))
        self.spool = self.folder / "logs/queue"
        self.spool.mkdir(parents=True)
        (self.folder / "shared").mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder),
                            "QUEUE_IDLE_EXIT": "0", "LC_ALL": "C.UTF-8"}
        self.sql("CREATE TABLE bots(id INTEGER PRIMARY KEY, name INTEGER, policy INTEGER)")
        self.queued = 0
        self.rewritten = 0
        self.good = set()
        self.drain = None

    def sql(self, text):
        with sqlite3.connect(self.folder / "shared/global.db", timeout=PATIENCE) as connection:
            rows = connection.execute(text).fetchall()
        connection.close()
        return rows

    def count(self, text):
        return self.sql(text)[0][0]

    def run(self, *words):
        return subprocess.run([self.options.menacedb, *words], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def write(self, name, text, in_place):
        path = self.folder / name
        if in_place:
            path.write_text(text)
        else:
            temporary = self.folder / f".{name}.tmp"
            temporary.write_text(text)
            os.replace(temporary, path)

    def rewrite(self):
        """Every fifth time broken; the next one mends what it broke."""
        number = self.rewritten
        self.rewritten += 1
        is_lua = number % 2 == 0
        if number % 5 == 4:
            text = BROKEN_HOOKS if is_lua else BROKEN_SETTINGS[number // 5 % 2]
        else:
            self.good.add(number)
            text = HOOKS if is_lua else SETTINGS
        self.write("hooks.lua" if is_lua else "menacedb.toml", text.format(number=number),
                   number % 3 == 0)
        if number % 5 == 4:  # mended at once, or when it was refused
            self.wait_for_refusal(number)
            self.good.add(number + MENDED)
            self.write("hooks.lua" if is_lua else "menacedb.toml",
                       (HOOKS if is_lua else SETTINGS).format(number=number + MENDED), is_lua)

    def log(self):
        path = self.folder / ("drain.log" if self.options.drain == "sync" else
                              ".hive-mind/queue/worker.log")
        return path.read_text() if path.exists() else ""

    def reloads(self):
        return len(re.findall(r"event\W+(?:reloaded|reload-failed)", self.log()))

    def wait_until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.log()[-2000:]}"
            time.sleep(0.002)

    def wait_for_refusal(self, number):
        if number % 15 != 4: # the others are overtaken by what follows
            before = self.refusals
            self.wait_until(lambda: self.count_refusals() > before, "a refusal")
        self.refusals = self.count_refusals()

    refusals = 0

    def count_refusals(self):
        return len(re.findall(r"event\W+reload-failed", self.log()))

    def enqueue(self, count):
        """As any program may: whole lines at the end of a file."""
        lines = "".join(
            json.dumps({"table": "bots", "data": {"name": self.queued + i}}) + "\n"
            for i in range(count)
        )
        self.queued += count
        with open(self.spool / f"p{self.queued % 3}.jsonl", "a", encoding="utf-8") as file:
            file.write(lines)

    def start(self):
        self.environment["MENACEDB_LOG_LEVEL"] = "info"
        self.environment["MENACEDB_WORKER_MAX_LOG"] = "0"
        if self.options.drain == "worker":
            done = self.run("worker", "start")
            assert done.returncode == 0, done
            return
        with open(self.folder / "drain.log", "w", encoding="utf-8") as log:
            self.drain = subprocess.Popen([self.options.menacedb, "sync", "--watch"],
                                          cwd=self.folder, env=self.environment,
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        if self.drain:
            self.drain.send_signal(signal.SIGTERM)
            assert self.drain.wait(PATIENCE) == 0, self.log()[-2000:]
        else:
            assert self.run("worker", "stop").returncode == 0

    def check(self):
        entries = self.options.entries
        assert self.queued == entries
        assert self.count("SELECT count(*) FROM bots") == entries
        assert self.count("SELECT count(DISTINCT name) FROM bots") == entries
        assert self.count("SELECT count(*) FROM menacedb_dead") == 0
        seen = {row[0] for row in self.sql("SELECT DISTINCT policy FROM bots")}
        assert seen <= self.good, seen - self.good
        rows = self.sql("SELECT name, value FROM menacedb_stats WHERE name GLOB 'generation:*'")
        assert sum(count for _, count in rows) == entries, rows
        numbers = [name.split("/")[1] for name, _ in rows]
        assert len(set(numbers)) == len(numbers), "a generation has one row"
        taken = set(re.findall(r"content\W+([0-9a-f]{16})", self.log()))
        strangers = {name.split("/")[2] for name, _ in rows if "/1/" not in name} - taken
        assert not strangers, strangers
        print(f"{self.options.drain}: {entries} entries under {len(rows)} generations and "
              f"{len(seen)} hooks; {self.rewritten} rewrites, {self.count_refusals()} refused")

    def soak(self):
        options = self.options
        for name, text in (("hooks.lua", HOOKS), ("menacedb.toml", SETTINGS)):
            self.write(name, text.format(number=0), True)
        self.good.add(0)
        self.rewritten = 1
        self.start()
        self.wait_until(lambda: (self.folder / "logs/queue/sealed").exists(), "the drain")
        while self.rewritten < options.rewrites:
            left = options.rewrites - self.rewritten
            self.enqueue((options.entries - self.queued) // left)
            before = self.reloads()
            self.rewrite()
            if self.rewritten % 3: # the others follow upon each other without a pause
                self.wait_until(lambda: self.reloads() > before, "a reload")
        self.enqueue(options.entries - self.queued)
        self.wait_until(lambda: self.count("SELECT count(*) FROM bots") >= options.entries,
                        "all entries")
        self.stop()
        self.check()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("menacedb", type=os.path.abspath)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rewrites", type=int, default=1000)
    parser.add_argument("--drain", choices=("worker", "sync"), default="worker")
    soak = Soak(parser.parse_args())
    try:
        soak.soak()
    except BaseException:
        soak.environment["MENACEDB_CONFIG"] = "/dev/null"
        soak.run("worker", "stop", "--force")
        if soak.drain:
            soak.drain.kill()
        raise
    shutil.rmtree(soak.folder)


if __name__ == "__main__":
    main()
