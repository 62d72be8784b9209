#!/usr/bin/env python3
"""Jobs while the machine has troubles: job_faults.py MENACEDB [TEST...]"""

import contextlib
import resource
import signal
import sqlite3
import sys
import unittest

from job_case import JobCase
from site_folder import kill, wait_until

# Tells of an attempt that begins while something of the one before is still running.
WATCHED = """
[jobs.handlers.Watched]
exec = \"\"\"
echo begun >> runs
flock -n lock true || echo beside >> beside
[ $MENACEDB_JOB_ATTEMPT = 1 ] || exit 0
flock lock sh -c 'touch held; sleep 1000' & wait
\"\"\"
retry_delay = 0
"""

# For those who shall meet a lock, not for those who prepare it.
IMPATIENT = {"MENACEDB_DATABASES_BUSY_TIMEOUT": "20ms", "MENACEDB_RETRY_BASE_DELAY": "1ms"}


class JobFaultsTest(JobCase):
    def path(self, name):
        return self.site.folder / name

    def lines(self, name):
        return self.path(name).read_text().splitlines() if self.path(name).exists() else []

    def log(self):
        done = self.site.run("worker", "logs", "-n", "1000")
        return done.stdout

    @contextlib.contextmanager
    def locked(self):
        """As long as a program that knows nothing of menacedb is in a transaction."""
        other = sqlite3.connect(self.site.folder / "shared/global.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    @contextlib.contextmanager
    def full(self, pid):
        """The process cannot let any file grow beyond what a WAL has long reached."""
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (16384, resource.RLIM_INFINITY))
        yield
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

    def fill_wal(self):
        self.add("Later", [f'"{"x" * 1000}"'] * 100)  # nobody runs them

    def test_nothing_of_a_killed_workers_job_runs_beside_its_second_run(self):
        self.configure(WATCHED)
        self.add("Watched", [1])
        worker = self.work()
        wait_until(lambda: self.path("held").exists(), "the job")
        worker.kill()
        worker.communicate()
        self.assertEqual(self.work("--once").wait(), 0)
        self.assertEqual(self.statuses(), {"completed": 1})
        self.assertEqual(self.lines("runs"), ["begun"] * 2)
        self.assertEqual(self.lines("beside"), [])

    def test_nothing_of_a_killed_daemons_job_runs_beside_its_second_run(self):
        self.configure(WATCHED)
        pid = self.site.start()
        self.add("Watched", [1])
        wait_until(lambda: self.path("held").exists(), "the job")
        kill(pid)
        self.site.start()
        wait_until(lambda: self.statuses() == {"completed": 1}, "the second run")
        self.assertEqual(self.lines("runs"), ["begun"] * 2)
        self.assertEqual(self.lines("beside"), [])

    def test_what_ends_while_the_disk_is_full_is_written_down_later_and_not_run_again(self):
        self.configure(
            '[jobs.handlers.Note]\nexec = "echo $MENACEDB_JOB_ID >> runs; touch begun; '
            'while [ ! -e end ]; do sleep 0.01; done"\nconcurrency = 1\n'
        )
        pid = self.site.start()
        self.fill_wal()
        self.add("Note", [1, 2])
        wait_until(lambda: self.path("begun").exists(), "the first job")
        with self.full(pid):
            self.path("end").touch()
            wait_until(lambda: "jobs-stalled" in self.log(), "the fault in the log")
            self.assertEqual(self.statuses(), {"pending": 101, "running": 1})
        wait_until(lambda: self.statuses() == {"pending": 100, "completed": 2}, "both jobs")
        self.assertEqual(len(self.lines("runs")), 2)
        self.assertEqual(len(set(self.lines("runs"))), 2)

    def test_jobs_and_entries_that_come_while_the_disk_is_full_are_done_later(self):
        site = self.site
        self.configure('[jobs.handlers.Note]\nexec = "cat >> runs; echo >> runs"\n')
        pid = site.start()
        self.fill_wal()
        with self.full(pid):
            self.insert("Note", "1")
            site.enqueue("a", "--format", "table")
            wait_until(lambda: "jobs-stalled" in self.log(), "the fault in the log")
            wait_until(lambda: "pass-failed" in self.log(), "the fault of the entry")
            self.assertEqual(self.statuses(), {"pending": 102})
        wait_until(lambda: self.statuses() == {"pending": 100, "completed": 2}, "both")
        self.assertEqual(self.lines("runs"), ["1"])
        self.assertEqual(site.count(), 1)

    def test_a_worker_goes_on_when_a_foreign_lock_is_gone(self):
        site = self.site
        self.configure(
            '[jobs.handlers.Note]\nexec = "echo $MENACEDB_JOB_ID >> runs; '
            'touch begun; while [ ! -e end ]; do sleep 0.01; done"\nconcurrency = 1\n'
        )
        self.add("Note", [1, 2])
        site.start(**IMPATIENT)
        wait_until(lambda: self.path("begun").exists(), "the first job")
        with self.locked():
            self.path("end").touch()
            wait_until(lambda: "jobs-stalled" in self.log(), "the fault in the log")
        wait_until(lambda: self.statuses() == {"completed": 2}, "both jobs")
        self.assertEqual(sorted(self.lines("runs")), ["1", "2"])

    def test_commands_give_up_under_a_foreign_lock_and_change_nothing(self):
        site = self.site
        self.configure('[jobs.handlers.Note]\nexec = "echo >> runs"\n')
        self.add("Note", [1])
        self.add("Bad", [1])
        site.run("jobs", "work", "--once", "--type", "Bad", "--handler", "Bad=false")
        site.run("jobs", "cancel", "2", check=0)
        site.enqueue("a", "--format", "table")
        before = site.sql("SELECT * FROM sync_jobs")
        words = [
            "jobs add Note",
            "jobs retry 2",
            "jobs cancel 1",
            "jobs work --once",
            "jobs work --once --type Note",
            "sync --lock-timeout 50ms",
            "sync --format table --lock-timeout 50ms",
            "worker once",
            "enqueue bots --set name=b --format table",
        ]
        with self.locked():
            for command in words:
                done = site.run(*command.split(), **IMPATIENT)
                self.assertEqual(done.returncode, 75, f"{command}: {done}")
                self.assertRegex(done.stderr, "database is locked", command)
                self.assertRegex(done.stderr, "hint: another program holds the lock: pid", command)
        self.assertEqual(site.sql("SELECT * FROM sync_jobs"), before)
        site.run("jobs", "work", "--once", check=0)
        self.assertEqual(self.statuses(), {"completed": 2, "cancelled": 1})
        self.assertEqual(site.count(), 1)


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    JobCase.program = sys.argv.pop(1)
    unittest.main()
