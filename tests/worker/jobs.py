#!/usr/bin/env python3
"""Jobs and those who run them, as processes: jobs.py MENACEDB [--long] [TEST...]

--long kills workers for as long as it takes 1000 jobs to be done."""

import collections
import pathlib
import random
import signal
import sys
import time
import unittest

from job_case import JobCase
from site_folder import is_alive, wait_until

IS_LONG = False


class JobsTest(JobCase):
    def kill_until(self, count, is_done):
        """Keeps `count` workers busy, and kills them one by one."""
        rng = random.Random(count)
        workers = [self.work() for _ in range(count)]
        kills = 0
        while not is_done():
            time.sleep(rng.uniform(0.0, 0.15))
            victim = rng.randrange(count)
            workers[victim].kill()
            workers[victim].communicate()
            workers[victim] = self.work()
            kills += 1
        return kills

    def runs(self):
        """How often each attempt at each job began, from what the handlers wrote."""
        path = self.site.folder / "runs"
        lines = path.read_text().splitlines() if path.exists() else []
        return collections.Counter(lines)

    def test_several_workers_run_each_job_once(self):
        self.configure(
            '[jobs.handlers.Note]\nexec = "echo $MENACEDB_JOB_ID $MENACEDB_JOB_ATTEMPT >> runs"\n'
        )
        for count in (2, 4, 8):
            self.add("Note", range(60))
            workers = [self.work("--once") for _ in range(count)]
            for worker in workers:
                self.assertEqual(worker.wait(), 0)
        self.assertEqual(self.statuses(), {"completed": 180})
        self.assertEqual(set(self.runs().values()), {1})
        self.assertEqual(len(self.runs()), 180)

    def test_killed_workers_lose_no_job_and_run_no_attempt_twice(self):
        self.configure(
            "[jobs.handlers.Note]\n"
            'exec = "echo $MENACEDB_JOB_ID $MENACEDB_JOB_ATTEMPT >> runs; sleep 0.01"\n'
            "max_attempts = 1000\nretry_delay = 0\n"
        )
        jobs = 0
        for count in (2, 4, 8):
            size = 1000 if IS_LONG else 100
            self.add("Note", range(size))
            jobs += size
            kills = self.kill_until(count, lambda: self.statuses() == {"completed": jobs})
            self.assertGreater(kills, 0)
            self.end_workers()
        runs = self.runs()
        self.assertEqual(set(runs.values()), {1})  # of each attempt
        done = self.site.sql("SELECT id, attempts FROM sync_jobs")
        self.assertEqual(len(done), jobs)
        for job, attempts in done:
            # The attempt that completed it, and no more than as many as were lost.
            self.assertIn(f"{job} {attempts + 1}", runs)
            self.assertLessEqual(sum(1 for run in runs if run.startswith(f"{job} ")), attempts + 1)

    def test_effects_in_the_same_database_happen_exactly_once_whoever_is_killed(self):
        site = self.site
        site.sql("CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER)")
        site.sql("INSERT INTO counts VALUES ('all', 0)")
        self.configure('[routing]\nshared = ["counts"]\n[dir_queue]\nddl = false\n')
        total = 0
        for count in (2, 4, 8):
            size = 1000 if IS_LONG else 200
            lines = '{"sql": "UPDATE counts SET n = n + 1"}\n' * size
            answer = site.run("enqueue", "--stdin", "--format", "table", text=lines)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            total += size
            self.kill_until(count, lambda: self.statuses() == {"completed": total})
            self.end_workers()
        self.assertEqual(site.sql("SELECT n FROM counts"), [(total,)])

    def test_a_worker_that_is_told_to_stop_hands_back_what_cannot_end(self):
        self.configure(
            '[jobs.handlers.Long]\nexec = "touch begun; sleep 1000"\n'
            '[jobs.handlers.Short]\nexec = "touch short; sleep 0.5"\n'
        )
        self.add("Short", [1])
        worker = self.work("--type", "Short")
        wait_until(lambda: (self.site.folder / "short").exists(), "the short job")
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(self.statuses(), {"completed": 1})
        self.add("Long", [1])
        worker = self.work()
        wait_until(lambda: (self.site.folder / "begun").exists(), "the long job")
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(self.statuses(), {"completed": 1, "pending": 1})
        self.assertEqual(self.site.sql("SELECT attempts FROM sync_jobs WHERE id = 2"), [(0,)])

    def test_the_daemon_runs_jobs_that_others_insert(self):
        site = self.site
        self.configure('[jobs.handlers.Note]\nexec = "cat >> notes; echo >> notes"\n')
        site.start()
        wait_until(lambda: site.sql("SELECT * FROM sqlite_schema WHERE name = 'sync_jobs'"), "it")
        for number in range(3):
            self.insert("Note", f"{number}")
            wait_until(lambda: self.statuses() == {"completed": number + 1}, "a job")
        self.assertEqual((site.folder / "notes").read_text(), "0\n1\n2\n")
        site.enqueue("a", "--wait=30s")  # the queues are served all the same

    def test_the_daemon_takes_new_handlers_and_lets_jobs_that_run_go_on(self):
        site = self.site
        self.configure(
            '[jobs.handlers.Old]\nexec = "touch begun; while [ ! -e end ]; do sleep 0.01; done"\n'
        )
        pid = site.start()
        self.add("Old", [1])
        self.add("New", [1])
        wait_until(lambda: (site.folder / "begun").exists(), "the old job")
        self.assertEqual(self.statuses(), {"running": 1, "pending": 1})
        self.configure('[jobs.handlers.New]\nexec = "true"\n')
        site.run("worker", "reload", check=0)
        wait_until(lambda: self.statuses() == {"running": 1, "completed": 1}, "the new job")
        (site.folder / "end").touch()
        wait_until(lambda: self.statuses() == {"completed": 2}, "the old job")
        self.configure('[jobs.handlers.New]\nlua = "missing.lua"\n')
        self.assertNotEqual(site.run("worker", "reload").returncode, 0)
        self.add("New", [2])
        wait_until(lambda: self.statuses() == {"completed": 3}, "a job by the old settings")
        self.assertTrue(is_alive(pid))

    def test_a_job_that_the_daemon_runs_is_handed_back_when_it_stops(self):
        site = self.site
        self.configure('[jobs.handlers.Long]\nexec = ["sleep", "1000"]\n')
        site.start()
        self.add("Long", [1])
        wait_until(lambda: self.statuses() == {"running": 1}, "the job")
        site.run("worker", "stop", check=0)
        self.assertEqual(self.statuses(), {"pending": 1})

    def test_a_schedule_runs_once_a_tick_in_all_processes_together(self):
        site = self.site
        self.configure(
            '[jobs.handlers.Tick]\nexec = "date +%s >> ticks"\nevery = "1s"\n'
            '[jobs.handlers.Never]\nexec = "true"\ncron = "0 0 29 2 *"\n'
        )
        site.start()
        for _ in range(3):
            self.work()
        ticks = site.folder / "ticks"
        wait_until(lambda: ticks.exists() and len(ticks.read_text().split()) >= 4, "four ticks")
        waiting = site.json("jobs", "list", "--status", "pending")["jobs"]
        self.assertIn("Never", [job["job_type"] for job in waiting])
        site.run("worker", "stop", check=0)
        self.end_workers()
        seen = [int(tick) for tick in ticks.read_text().split()]
        self.assertEqual(len(seen), len(set(seen)), seen)
        self.configure('[jobs.handlers.Tick]\nexec = "true"\n')
        site.start()
        wait_until(lambda: "pending" not in self.statuses(), "the end of the schedules")

    def test_the_daemon_applies_entries_in_a_table_made_after_its_start(self):
        site = self.site
        site.start()
        site.enqueue("first", "--format", "table", "--wait=30s")
        site.enqueue("second", "--format", "table", "--wait=30s")
        self.assertEqual(site.count(), 2)

    def test_a_worker_without_jobs_makes_no_job_table(self):
        site = self.site
        site.start()
        site.enqueue("a", "--wait=30s")
        site.run("worker", "stop", check=0)
        self.assertEqual(site.sql("SELECT * FROM sqlite_schema WHERE name = 'sync_jobs'"), [])
        self.assertEqual(list(site.folder.glob("shared/*jobs*")), [])

    def test_an_idle_daemon_with_handlers_sleeps_and_stays(self):
        site = self.site
        self.configure('[jobs.handlers.Note]\nexec = "true"\n')
        pid = site.start(QUEUE_IDLE_EXIT="1")
        self.add("Note", [1])
        wait_until(lambda: self.statuses() == {"completed": 1}, "the job")

        def wakes():
            total = 0
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
                for line in status.read_text().splitlines():
                    if line.startswith("voluntary_ctxt_switches"):
                        total += int(line.split()[1])
            return total

        def is_quiet():
            before = wakes()
            time.sleep(1)
            return wakes() - before < 5

        wait_until(is_quiet, "a second of sleep")
        self.assertTrue(is_alive(pid))

if __name__ == "__main__":
    JobCase.program = sys.argv.pop(1)
    if "--long" in sys.argv:
        sys.argv.remove("--long")
        IS_LONG = True
    unittest.main()
