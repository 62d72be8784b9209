#!/usr/bin/env python3
"""What the worker does beside applying entries: upkeep.py MENACEDB [TEST...]"""

import os
import pathlib
import re
import sqlite3
import sys
import unittest

from site_folder import Site, is_alive, wait_until

PROGRAM = ""
FAILED = ".hive-mind/queue/failed/5_1767328963123456789_1.json"


class UpkeepTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)

    def upkeep(self):
        return {record["task"]: record for record in self.site.json("status")["upkeep"]}

    def make_failed(self):
        path = self.site.folder / FAILED
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
        return path

    def configure(self, text):
        (self.site.folder / "menacedb.toml").write_text(text)

    def log(self):
        return (self.site.folder / ".hive-mind/queue/worker.log").read_text()

    def test_it_cleans_up_when_it_starts_and_not_again_before_it_is_due(self):
        site = self.site
        path = self.make_failed()
        self.configure('[retention]\nfailed = "0s"\n')
        site.start()
        wait_until(lambda: "cleanup" in self.upkeep(), "the cleanup")
        self.assertFalse(path.exists())
        first = self.upkeep()["cleanup"]
        self.assertEqual((first["ok"], first["message"]), (True, "purge-failed: deleted 1"))
        self.assertIn("cleanup: purge-failed: deleted 1", site.run("status", check=0).stdout)
        site.run("worker", "stop", check=0)
        path = self.make_failed()
        site.start()
        site.enqueue("a", "--wait=30s")
        site.run("worker", "reload", check=0)
        self.assertEqual(self.upkeep()["cleanup"], first)
        self.assertTrue(path.exists())

    def test_a_reload_changes_the_schedule(self):
        site = self.site
        self.configure("[cleanup]\nevery = 0\n")
        site.start()
        path = self.make_failed()
        site.enqueue("a", "--wait=30s")
        self.assertEqual(self.upkeep(), {})
        self.configure('[cleanup]\nevery = "1s"\n[retention]\nfailed = "0s"\n')
        site.run("worker", "reload", check=0)
        wait_until(lambda: not path.exists(), "the first cleanup")
        path = self.make_failed()
        wait_until(lambda: not path.exists(), "the second cleanup")

    def test_a_failure_is_told_and_ends_nothing(self):
        site = self.site
        self.configure('[tables.bots]\nretention = { column = "no", keep = "1d" }\n')
        pid = site.start()
        wait_until(lambda: "cleanup" in self.upkeep(), "the cleanup")
        self.assertFalse(self.upkeep()["cleanup"]["ok"])
        problems = [problem["code"] for problem in site.json("status")["problems"]]
        self.assertIn("upkeep-failed", problems)
        self.assertIn("upkeep-failed", self.log())
        site.enqueue("a", "--wait=30s")
        self.assertTrue(is_alive(pid))
        self.configure("")
        (site.folder / ".hive-mind/queue/.upkeep").unlink()
        site.run("worker", "reload", check=0)
        wait_until(lambda: self.upkeep().get("cleanup", {}).get("ok"), "a cleanup that works")
        self.assertEqual(site.json("status")["problems"], [])

    def test_it_backs_up_on_a_schedule(self):
        site = self.site
        self.configure('[backup]\nevery = "1h"\ncompress = true\n')
        before = [p["message"] for p in site.json("status")["problems"] if p["code"] == "backup-old"]
        self.assertEqual(before, ["there is no backup of './shared/global.db', though [backup] every is 1h"])
        site.start()
        wait_until(lambda: "backup" in self.upkeep(), "the backup")
        self.assertTrue(self.upkeep()["backup"]["ok"])
        made = list((site.folder / "shared/backups").glob("global_*_scheduled.db.zst"))
        self.assertEqual(len(made), 1)
        site.run("verify", "shared", "--backups", check=0)
        self.assertEqual(site.json("status")["problems"], [])
        manifest = made[0].with_name(made[0].name + ".manifest")
        manifest.write_text(re.sub(r'"created_at":"[^"]*"', '"created_at":"2026-01-02T03:04:05Z"',
                                   manifest.read_text()))
        old = [p["message"] for p in site.json("status")["problems"]]
        self.assertEqual(old, ["the newest backup of './shared/global.db' is of 2026-01-02T03:04:05Z, "
                               "though [backup] every is 1h"])

    def test_a_backup_that_fails_is_told_and_keeps_no_entry_waiting(self):
        site = self.site
        (site.folder / "shared/backups").write_text("no folder\n")
        self.configure('[backup]\nevery = "1h"\n')
        site.start()
        wait_until(lambda: "backup" in self.upkeep(), "the backup")
        self.assertFalse(self.upkeep()["backup"]["ok"])
        site.enqueue("a", "--wait=30s")
        self.assertIn("upkeep-failed", self.log())

    def test_a_pinned_wal_is_told_and_checkpointed_when_its_reader_is_gone(self):
        site = self.site
        self.configure('[databases]\nwal_limit = "64KiB"\n[backup]\nevery = 0\n')
        database = site.folder / "shared/global.db"
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        reader = sqlite3.connect(database, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM bots").fetchone()
        for name in range(20):
            writer.execute("INSERT INTO bots(name) VALUES (? || hex(randomblob(10000)))", (name,))
        wal = database.with_name("global.db-wal")
        large = wal.stat().st_size
        site.start()
        wait_until(lambda: "wal-pinned" in self.log(), "the warning")
        self.assertIn(f"pid {os.getpid()}", self.log())
        problems = {p["code"]: p["message"] for p in site.json("status")["problems"]}
        self.assertIn(f"pid {os.getpid()}", problems["wal-pinned"])
        site.enqueue("a", "--wait=30s")
        reader.execute("COMMIT")
        wait_until(lambda: wal.stat().st_size < large / 2, "the checkpoint")
        self.assertEqual(self.log().count("wal-pinned"), 1)
        reader.close()
        writer.close()

    def test_a_long_task_holds_up_neither_entries_nor_the_end(self):
        site = self.site
        spool = site.folder / "logs/queue"
        spool.mkdir(parents=True)
        log = spool / "queue.log.bak.20260101_000000"
        with open(log, "wb") as file:
            file.truncate(200 << 30)  # packing so much takes minutes
        os.utime(log)
        pid = site.start()
        wait_until(lambda: list(spool.glob(".queue.log.bak.*.menacedb-partial")), "the packing")
        for i in range(5):
            site.enqueue(f"n{i}", "--wait=30s")
        site.run("worker", "stop", "--timeout", "20s", check=0)
        self.assertFalse(is_alive(pid))
        self.assertEqual(log.stat().st_size, 200 << 30)
        self.assertEqual(len(list(spool.glob("*.gz")) + list(spool.glob(".*partial"))), 0)
        self.assertNotIn("cleanup", self.upkeep())  # it is due again

    def test_an_idle_worker_sleeps_and_ends_in_time(self):
        site = self.site
        pid = site.start(QUEUE_IDLE_EXIT="1")
        seen = [0]

        def has_ended():
            seen.append(max(seen[-1], self.switches(pid)))
            return not is_alive(pid)

        wait_until(has_ended, "the end of an idle worker")
        self.assertTrue(self.upkeep()["cleanup"]["ok"])
        self.assertLess(seen[-1], 500)

    @staticmethod
    def switches(pid):
        """How often the process went to sleep so far, or would have when it spins."""
        try:
            text = pathlib.Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        counts = dict(line.split(":", 1) for line in text.splitlines())
        return sum(int(counts.get(f"{kind}_ctxt_switches", 0)) for kind in ("voluntary", "nonvoluntary"))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
