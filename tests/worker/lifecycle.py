#!/usr/bin/env python3
"""The worker as processes: lifecycle.py MENACEDB [TEST...]"""

import os
import signal
import socket
import subprocess
import sys
import threading
import unittest

from site_folder import PATIENCE, Site, is_alive, kill, wait_until

PROGRAM = ""


class WorkerTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)

    def state(self):
        return self.site.json("worker", "status")

    def test_start_apply_status_and_stop(self):
        site = self.site
        started = site.json("worker", "start", check=0)
        self.assertEqual((started["running"], started["already"]), (True, False))
        site.enqueue("a", "--wait=30s")
        self.assertEqual(site.count(), 1)
        self.assertEqual(self.state()["pid"], started["pid"])
        self.assertEqual(site.json("worker", "start", check=0)["already"], True)
        pid_file = site.folder / ".hive-mind/queue/worker.pid"
        self.assertEqual(pid_file.read_text(), f"{started['pid']}\n")
        site.run("worker", "stop", check=0)
        self.assertFalse(is_alive(started["pid"]))
        self.assertFalse(pid_file.exists())
        self.assertEqual(site.run("worker", "status").returncode, 1)
        self.assertEqual(site.json("worker", "stop", check=0)["already"], True)

    def test_sql_writes_are_applied_as_they_come(self):
        site = self.site
        site.start()
        site.run(
            "enqueue", "--sql", "INSERT INTO bots(name) VALUES(?)", "--param", "a",
            "--db", "shared", "--wait=30s", check=0,
        )
        self.assertEqual(site.count(), 1)

    def test_two_starts_at_once_make_one_worker(self):
        site = self.site
        for _ in range(5):
            starts = [site.spawn("worker", "start", "--json") for _ in range(4)]
            answers = [start.communicate(timeout=PATIENCE) for start in starts]
            self.assertEqual([start.returncode for start in starts], [0] * 4, answers)
            pids = {answer[0].split('"pid":')[1].split(",")[0] for answer in answers}
            self.assertEqual(len(pids), 1, answers)
            self.assertEqual(sum('"already":false' in answer[0] for answer in answers), 1)
            site.run("worker", "stop", check=0)

    def test_a_killed_worker_leaves_nothing_that_misleads(self):
        site = self.site
        first = site.start()
        kill(first)
        self.assertTrue((site.folder / ".hive-mind/queue/worker.pid").exists())
        self.assertEqual(site.run("worker", "status").returncode, 1)
        second = site.start()
        self.assertNotEqual(first, second)
        site.enqueue("a", "--wait=30s")

    def test_a_pid_that_was_given_to_another_is_left_in_peace(self):
        site = self.site
        kill(site.start())
        stranger = subprocess.Popen(["sleep", "600"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        spool = site.folder / ".hive-mind/queue"
        for name in ("worker.pid", ".worker.state"):
            (spool / name).write_text(f"{stranger.pid}\n")
        self.assertEqual(site.run("worker", "status").returncode, 1)
        site.run("worker", "stop", check=0)
        self.assertIsNone(stranger.poll())
        self.assertNotEqual(site.start(), stranger.pid)

    def test_sigterm_finishes_the_batch_and_leaves_the_rest(self):
        site = self.site
        lines = "".join(f'{{"name":"n{i}"}}\n' for i in range(10_000))
        site.run("enqueue", "bots", "--stdin", text=lines, check=0)
        pid = site.start(MENACEDB_SYNC_BATCH="4KiB")
        wait_until(lambda: site.count() > 0, "the first batch")
        site.run("worker", "stop", check=0)
        self.assertFalse(is_alive(pid))
        self.assertEqual(site.sql("PRAGMA integrity_check")[0][0], "ok")
        applied = site.count()
        once = site.json("worker", "once", check=0)
        self.assertEqual(applied + once["applied"], 10_000)
        self.assertEqual((once["duplicates"], site.count()), (0, 10_000))

    def test_a_reload_takes_good_settings_and_refuses_bad_ones(self):
        site = self.site
        config = site.folder / "menacedb.toml"
        site.start()
        self.assertEqual(self.state()["generation"], 1)
        config.write_text('[routing]\nshared = ["robots"]\n')
        reloaded = site.json("worker", "reload", check=0)
        self.assertEqual(reloaded["generation"], 2)
        config.write_text("[routing]\nshraed = []\n")
        refused = site.run("worker", "reload", MENACEDB_CONFIG="/dev/null")
        self.assertEqual(refused.returncode, 78, refused)
        self.assertIn("unknown key", refused.stderr)
        state = site.json("worker", "status", MENACEDB_CONFIG="/dev/null")
        self.assertEqual(state["generation"], 2)
        self.assertIn("unknown key", state["config_error"])
        status = site.json("status", MENACEDB_CONFIG="/dev/null")
        self.assertIn("reload-refused", [problem["code"] for problem in status["problems"]])
        self.assertEqual(status["worker"]["generation"], 2)
        config.write_text("")
        self.assertEqual(site.json("worker", "reload", check=0)["generation"], 3)
        self.assertIsNone(self.state()["config_error"])

    def test_an_idle_worker_ends_and_loses_nothing(self):
        site = self.site
        pid = site.start(QUEUE_IDLE_EXIT="0.05")
        wait_until(lambda: not is_alive(pid), "the end of an idle worker")
        log = (site.folder / ".hive-mind/queue/worker.log").read_text()
        self.assertIn("reason=idle", log)
        for i in range(30):
            site.run("enqueue", "bots", "--set", f"name=n{i}", "--ensure-worker", check=0,
                     QUEUE_IDLE_EXIT="0.02")
        wait_until(lambda: site.count() == 30, "all entries")

    def test_a_spool_that_is_replaced_is_watched_again(self):
        site = self.site
        site.start()
        site.enqueue("a", "--wait=30s")
        (site.folder / "logs").rename(site.folder / "old")
        site.enqueue("b")
        wait_until(lambda: site.count() == 2, "an entry in the new spool")

    def test_ensure_worker_returns_though_the_worker_lives_on(self):
        site = self.site
        done = site.run("enqueue", "bots", "--set", "name=a", "--ensure-worker", check=0)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.state()["running"], True)
        site.run("enqueue", "bots", "--set", "name=b", check=0, MENACEDB_WORKER_AUTOSTART="true")
        wait_until(lambda: site.count() == 2, "both entries")

    def test_a_start_that_fails_says_why(self):
        site = self.site
        (site.folder / "file").write_text("")
        failed = site.run("worker", "start", MENACEDB_WORKER_LOG="file/worker.log")
        self.assertNotIn(failed.returncode, (0, 69), failed)
        self.assertIn("error: start the worker: cannot", failed.stderr)
        self.assertEqual(site.run("worker", "status").returncode, 1)
        queued = site.run("enqueue", "bots", "--set", "name=a", "--ensure-worker", check=0,
                          MENACEDB_WORKER_LOG="file/worker.log")
        self.assertIn("warning: start the worker", queued.stderr)

    def test_wrong_use_and_no_worker(self):
        site = self.site
        self.assertEqual(site.run("worker", "dance").returncode, 2)
        self.assertEqual(site.run("worker").returncode, 2)
        self.assertEqual(site.run("worker", "reload").returncode, 69)
        self.assertEqual(site.run("worker", "logs").returncode, 65)
        self.assertEqual(site.json("worker", "start", "--dry-run", check=0)["running"], False)
        self.assertFalse((site.folder / ".hive-mind").exists())

    def test_a_broken_database_is_waited_for(self):
        site = self.site
        good = (site.folder / "shared/global.db").read_bytes()
        (site.folder / "shared/global.db").write_bytes(b"this is no database" * 1000)
        pid = site.start()
        site.run("enqueue", "bots", "--set", "name=a")
        wait_until(lambda: self.state()["last_error"], "the error")
        self.assertTrue(is_alive(pid))
        (site.folder / "new.db").write_bytes(good)
        (site.folder / "new.db").rename(site.folder / "shared/global.db")
        wait_until(lambda: site.count() == 1, "the entry")
        wait_until(lambda: not self.state()["last_error"], "the end of the error")

    def test_a_replaced_database_gets_the_entries(self):
        site = self.site
        site.start()
        site.enqueue("a", "--wait=30s")
        copy = site.folder / "copy.db"
        site.sql(f"VACUUM INTO '{copy}'")
        for suffix in ("-wal", "-shm"):
            (site.folder / f"shared/global.db{suffix}").unlink(missing_ok=True)
        copy.rename(site.folder / "shared/global.db")
        site.enqueue("b")
        wait_until(lambda: site.count() == 2, "the entry in the new database")

    def test_a_service_manager_is_kept_informed(self):
        site = self.site
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(site.folder / "notify"))
            manager.settimeout(PATIENCE)
            worker = site.spawn("worker", "run", NOTIFY_SOCKET=str(site.folder / "notify"),
                                WATCHDOG_USEC="200000")
            self.addCleanup(worker.kill)
            self.assertEqual(manager.recv(4096), b"READY=1")
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            worker.send_signal(signal.SIGHUP)
            seen = set()
            while b"READY=1" not in seen:
                seen.add(manager.recv(4096))
            self.assertTrue(any(text.startswith(b"RELOADING=1\nMONOTONIC_USEC=") for text in seen))
            worker.send_signal(signal.SIGTERM)
            while manager.recv(4096) != b"STOPPING=1":
                pass
            _, errors = worker.communicate(timeout=PATIENCE)
            self.assertEqual(worker.returncode, 0, errors)
            self.assertIn("worker-stopped", errors)

    def test_follow_goes_on_through_a_rotation(self):
        site = self.site
        site.start(MENACEDB_CLEANUP_EVERY="0")  # the cleanup writes to the log as well
        follower = site.spawn("worker", "follow")
        self.addCleanup(follower.kill)
        self.assertIn("worker-started", follower.stdout.readline())
        log = site.folder / ".hive-mind/queue/worker.log"
        log.rename(log.with_name("worker.log.1"))
        site.run("worker", "reload", check=0)
        self.assertIn("reloaded", follower.stdout.readline())
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=PATIENCE)
        self.assertEqual(follower.returncode, 0)
        self.assertIn("reloaded", site.run("worker", "logs", "-n", "1", check=0).stdout)

    def test_a_worker_in_the_way_of_another_serves_what_is_left(self):
        site = self.site
        site.start()
        second = site.start(QUEUE_BASE_DIR="other")
        site.run("enqueue", "--sql", "INSERT INTO bots(name) VALUES('b')", "--db", "shared",
                 "--wait=30s", check=0, QUEUE_BASE_DIR="other")
        self.assertTrue(is_alive(second))
        kill(second)

    def test_no_increment_is_lost_or_done_twice_under_kills(self):
        site = self.site
        site.sql("CREATE TABLE counter (n INTEGER)", "own.db")
        site.sql("INSERT INTO counter VALUES (0)", "own.db")
        site.environment["HIVE_DB"] = "own.db"
        producers, each = 4, 50

        def produce():
            for _ in range(each):
                site.run("enqueue", "--sql", "UPDATE counter SET n = n + 1", check=0)

        threads = [threading.Thread(target=produce) for _ in range(producers)]
        for thread in threads:
            thread.start()
        seen = -1
        while any(thread.is_alive() for thread in threads):
            pid = site.start()
            value = site.sql("SELECT n FROM counter", "own.db")[0][0]
            wait_until(
                lambda: site.sql("SELECT n FROM counter", "own.db")[0][0] > max(value, seen)
                or not any(thread.is_alive() for thread in threads),
                "progress",
            )
            seen = site.sql("SELECT n FROM counter", "own.db")[0][0]
            kill(pid)
        for thread in threads:
            thread.join()
        site.run("worker", "once", check=0)
        total = site.sql("SELECT n FROM counter", "own.db")[0][0]
        self.assertEqual(total, producers * each)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
