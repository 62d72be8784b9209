#!/usr/bin/env python3
"""What an idle worker waits for: idle.py MENACEDB [TEST...]"""

import pathlib
import platform
import sqlite3
import struct
import sys
import unittest

from site_folder import Site, wait_until

PROGRAM = ""
PPOLL = {"x86_64": 271, "aarch64": 73}.get(platform.machine())
LONG = 30 * 24 * 3600


def longest_wait(task):
    """How many seconds a thread will sleep at most; 0 when it is awake."""
    call = (task / "syscall").read_text()
    words = call.split()
    if words[0] != str(PPOLL):
        return 0
    address = int(words[3], 16)
    if address == 0:
        return LONG
    with open(task / "mem", "rb", buffering=0) as memory:
        memory.seek(address)
        seconds = struct.unpack("qq", memory.read(16))[0]
    return seconds if (task / "syscall").read_text() == call else 0


def longest_waits(process):
    return [longest_wait(task) for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir()]


@unittest.skipIf(PPOLL is None, "the numbers of system calls are not known here")
class IdleTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)

    def run_worker(self, configuration=""):
        # A child, into which we may look.
        (self.site.folder / "menacedb.toml").write_text("[cleanup]\nevery = 0\n" + configuration)
        worker = self.site.spawn("worker", "run", "--log-level", "error")
        self.addCleanup(worker.communicate)
        self.addCleanup(worker.terminate)
        try:
            longest_waits(worker)
        except PermissionError:
            self.skipTest("may not look into other processes here")
        wait_until(lambda: self.site.json("status")["worker"]["running"], "the worker")
        return worker

    def wait_for_sleep(self, worker):
        def sleeps():
            try:
                return min(longest_waits(worker)) >= LONG
            except (FileNotFoundError, ProcessLookupError):
                return False  # a thread that has ended meanwhile

        wait_until(sleeps, "a worker that sleeps for good")

    def test_a_worker_without_work_wakes_up_for_nothing(self):
        self.wait_for_sleep(self.run_worker())

    def test_it_sleeps_for_good_after_work_of_each_kind(self):
        site = self.site
        worker = self.run_worker()
        site.enqueue("a", "--wait=30s")
        self.wait_for_sleep(worker)
        site.run("enqueue", "--sql", "INSERT INTO bots(name) VALUES('b')", "--db", "shared",
                 "--wait=30s", check=0)
        self.wait_for_sleep(worker)
        site.enqueue("c", "--format", "table")
        wait_until(lambda: site.count() == 3, "the rows")
        self.wait_for_sleep(worker)
        site.sql("INSERT INTO bots(name) VALUES('d')")
        self.wait_for_sleep(worker)

    def test_it_sleeps_for_good_between_jobs(self):
        site = self.site
        worker = self.run_worker('[jobs.handlers.Note]\nexec = "true"\n')
        self.wait_for_sleep(worker)
        for number in range(2):
            site.run("jobs", "add", "Note", str(number), check=0)
            wait_until(lambda: site.sql("SELECT count(*) FROM sync_jobs WHERE status = 'completed'")
                       == [(number + 1,)], "the job")
            self.wait_for_sleep(worker)

    def test_a_row_that_another_program_adds_wakes_it_up(self):
        site = self.site
        worker = self.run_worker()
        site.enqueue("a", "--format", "table")
        wait_until(lambda: site.count() == 1, "the first row")
        self.wait_for_sleep(worker)
        with sqlite3.connect(site.folder / "shared/global.db", isolation_level=None) as other:
            other.execute("PRAGMA cache_size = 1")
            other.execute("BEGIN IMMEDIATE")
            other.execute("INSERT INTO sync_jobs(job_type, payload, status, priority, created_at) "
                          "SELECT job_type, replace(payload, '\"a\"', '\"b\"'), 'pending', 5, 1 "
                          "FROM sync_jobs LIMIT 1")
            # It goes to the WAL long before the commit.
            other.execute("CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                          "SELECT i + 1 FROM n LIMIT 3000) SELECT hex(randomblob(100)) FROM n")
            other.execute("COMMIT")
        other.close()
        wait_until(lambda: site.count() == 2, "the second row")

    def test_a_large_wal_of_a_local_database_is_noticed(self):
        site = self.site
        worker = self.run_worker('[databases]\nwal_limit = "64KiB"\n')
        local = site.folder / "menace_default_local.db"
        site.run("init", check=0)
        self.wait_for_sleep(worker)
        keeper = sqlite3.connect(local, isolation_level=None)
        self.addCleanup(keeper.close)
        keeper.execute("PRAGMA journal_mode = WAL")
        keeper.execute("SELECT * FROM sqlite_schema").fetchall()
        writer = sqlite3.connect(local, isolation_level=None)
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("CREATE TABLE big AS SELECT randomblob(200000)")
        writer.close()
        wal = pathlib.Path(f"{local}-wal")
        wait_until(lambda: wal.stat().st_size == 0, "the checkpoint")
        self.wait_for_sleep(worker)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
