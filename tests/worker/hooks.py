#!/usr/bin/env python3
"""Hooks in the drain, beside what its unit tests show: hooks.py MENACEDB [TEST...]"""

import json
import os
import sys
import unittest

from site_folder import Site, wait_until

PROGRAM = ""


class HooksTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)
        self.folder = self.site.folder

    def policy(self, lua, delay="2ms"):
        (self.folder / "hooks.lua").write_text(lua)
        (self.folder / "menacedb.toml").write_text(
            f'[lua]\nhooks = "hooks.lua"\n[retry]\nbase_delay = "{delay}"\nmax_delay = "{delay}"\n'
            '[routing]\nshared = ["parts"]\n'
        )

    def sync(self, check=None):
        return self.site.json("sync", check=check)

    def failed_lines(self):
        path = self.folder / "logs/queue/queue.failed.jsonl"
        return path.read_text().splitlines() if path.exists() else []

    def test_an_entry_that_failed_is_tried_again_until_it_can_be_applied(self):
        site = self.site
        self.policy('function on_failed(entry, err)\n  return err.code == "table-unknown" and '
                    '"retry" or (err.message:find("no such table", 1, true) and "retry")\nend\n')
        site.run("enqueue", "parts", "--set", "name=a", check=0)
        first = self.sync(check=0)
        self.assertEqual((first["failed"], first["deferred"], first["remaining"]), (0, 1, 1))
        self.assertEqual(self.failed_lines(), [])
        self.assertEqual(site.json("status")["queue"]["failed"], 0)
        site.sql("CREATE TABLE parts(name)")
        applied = 0

        def is_applied():
            nonlocal applied
            applied += self.sync(check=0)["applied"]
            return applied == 1

        wait_until(is_applied, "the entry")
        self.assertEqual(site.sql("SELECT name FROM parts"), [("a",)])
        self.assertEqual(self.sync(check=0)["remaining"], 0)
        self.assertEqual(
            site.sql("SELECT key FROM menacedb_key")[0][0].split(":")[0], "dead"
        )

    def test_retries_are_bounded_and_end_as_a_dead_letter(self):
        self.policy('function on_failed(entry)\n  return "retry"\nend\n')
        self.site.run("enqueue", "parts", "--set", "name=a", check=0)
        failed = 0

        def has_failed():
            nonlocal failed
            failed += self.sync()["failed"]
            return failed == 1

        wait_until(has_failed, "the end of the retries")
        letter = json.loads(self.failed_lines()[0])
        self.assertEqual(letter["attempts"], 100)
        self.assertEqual(self.sync()["remaining"], 0)

    def test_an_entry_that_is_dropped_is_counted_and_stays_in_the_archive_only(self):
        self.policy('function on_failed(entry, err)\n  return entry.data.name == "a" and "drop" or '
                    '"bury"\nend\n')
        for name in "ab":
            self.site.run("enqueue", "parts", "--set", f"name={name}", check=0)
        answer = self.sync(check=1)
        self.assertEqual((answer["failed"], answer["dropped"], answer["remaining"]), (1, 1, 0))
        self.assertEqual(len(self.failed_lines()), 1)
        self.assertIn('"name": "b"', self.failed_lines()[0].replace('":"', '": "'))
        self.assertEqual(self.site.json("status")["stats"]["failed"], 1)
        self.assertIn('"a"', (self.folder / "logs/queue/queue.log.bak").read_text())

    def test_what_cannot_be_read_is_buried_whatever_the_hook_says(self):
        self.policy('function on_failed(entry)\n  return "retry"\nend\n')
        spool = self.folder / "logs/queue"
        spool.mkdir(parents=True)
        (spool / "alpha.jsonl").write_text("no json\n")
        self.assertEqual(self.sync(check=1)["failed"], 1)
        self.assertEqual(len(self.failed_lines()), 1)

    def test_a_hook_that_fails_buries(self):
        self.policy("function on_failed(entry)\n  error({})\nend\n")
        self.site.run("enqueue", "parts", "--set", "name=a", check=0)
        self.assertEqual(self.sync(check=1)["failed"], 1)
        self.assertEqual(len(self.failed_lines()), 1)

    def sql_write(self, text, *more):
        self.site.run("enqueue", "--sql", text, "--db", "shared", *more, check=0)

    def names(self, folder):
        return sorted(os.listdir(self.folder / ".hive-mind/queue" / folder))

    def test_sql_writes_are_tried_again_dropped_and_buried(self):
        site = self.site
        self.policy(
            "function on_failed(entry, err)\n"
            '  if entry.sql:find("later", 1, true) then return entry.attempts < 50 and "retry" end\n'
            '  if entry.sql:find("never", 1, true) then return "drop" end\nend\n',
            delay="300ms",
        )
        site.run("enqueue", "--sql", "INSERT INTO bots(name, later) VALUES('x', 1)", "--db",
                 "shared", check=0)
        self.sql_write("INSERT INTO bots(never) VALUES(1)")
        self.sql_write("INSERT INTO bots(wrong) VALUES(1)")
        first = self.sync(check=1)
        self.assertEqual((first["failed"], first["deferred"], first["dropped"]), (1, 1, 1))
        self.assertEqual([len(self.names(f)) for f in ("pending", "failed", "completed")],
                         [1, 1, 1])
        text = (self.folder / ".hive-mind/queue/pending" / self.names("pending")[0]).read_text()
        self.assertRegex(text, '"retries": ?[1-9]')
        site.sql("ALTER TABLE bots ADD COLUMN later")
        wait_until(lambda: self.sync()["applied"] == 1, "the SQL write")
        self.assertEqual(site.sql("SELECT name FROM bots"), [("x",)])
        self.assertEqual(len(self.names("pending")), 0)
        stats = site.json("status")["stats"]
        self.assertEqual(stats["failed"], 1)

    def test_entries_of_the_job_table_are_tried_again_dropped_and_buried(self):
        site = self.site
        self.policy(
            "function on_failed(entry, err)\n"
            '  if entry.data.name == "later" then return "retry" end\n'
            '  if entry.data.name == "never" then return "drop" end\nend\n',
            delay="300ms",
        )
        for name in ("later", "never", "wrong"):
            site.run("enqueue", "parts", "--set", f"name={name}", "--format", "table", check=0)
        first = self.sync(check=1)
        self.assertEqual((first["failed"], first["deferred"], first["dropped"]), (1, 1, 1))
        rows = "SELECT status, attempts, not_before > created_at FROM sync_jobs ORDER BY id"
        self.assertEqual(site.sql(rows), [("pending", 1, 1), ("completed", 1, 0), ("failed", 1, 0)])
        self.assertEqual(site.json("status")["stats"]["failed"], 1)
        site.sql("CREATE TABLE parts(name)")
        wait_until(lambda: self.sync()["applied"] == 1, "the entry")
        self.assertEqual(site.sql("SELECT name FROM parts"), [("later",)])
        self.assertEqual(self.sync(check=0)["remaining"], 0)
        self.assertEqual(site.json("replay-failed", check=0)["replayed"], 1)
        self.assertEqual(self.sync(check=0)["applied"], 1)

    def test_retries_in_the_job_table_are_bounded_too(self):
        self.policy('function on_failed(entry)\n  return "retry"\nend\n')
        self.site.run("enqueue", "parts", "--set", "name=a", "--format", "table", check=0)
        self.site.run("enqueue", "parts", "--set", "name=b", "--format", "table", check=0)
        self.site.sql("UPDATE sync_jobs SET payload = 'unreadable' WHERE id = 2")
        failed = 0

        def have_failed():
            nonlocal failed
            failed += self.sync()["failed"]
            return failed == 2

        wait_until(have_failed, "the end of the retries")
        self.assertEqual(
            self.site.sql("SELECT status, attempts FROM sync_jobs ORDER BY id"),
            [("failed", 100), ("failed", 1)],
        )
        self.assertEqual(self.sync(check=0)["remaining"], 0)

    def test_transform_drops_sql_writes(self):
        self.policy(
            'function transform(entry)\n  if entry.sql and entry.sql:find("bad", 1, true) then\n'
            '    return nil, "not today"\n  end\n  return entry\nend\n'
        )
        self.sql_write("INSERT INTO bots(name) VALUES('good')")
        self.sql_write("INSERT INTO bots(name) VALUES('bad')")
        answer = self.sync(check=0)
        self.assertEqual((answer["applied"], answer["dropped"]), (1, 1))
        self.assertEqual(self.site.sql("SELECT name FROM bots"), [("good",)])
        self.assertEqual(len(self.names("completed")), 2)

    def test_priority_orders_sql_writes_of_others_at_the_claim(self):
        self.policy(
            "function priority(entry)\n"
            '  return entry.sql and entry.sql:find("urgent", 1, true) and 1 or nil\nend\n'
        )
        pending = self.folder / ".hive-mind/queue/pending"
        self.site.run("init", check=0)
        for number, name in enumerate(("first", "second", "urgent")):
            (pending / f"5_170000000{number}_1.json").write_text(
                json.dumps({"seq": f"170000000{number}_1", "priority": 5, "operation": "x",
                            "sql": f"INSERT INTO bots(name) VALUES('{name}')", "db": "shared",
                            "metadata": {}, "retries": 0}) + "\n"
            )
        self.assertEqual(self.sync(check=0)["applied"], 3)
        self.assertEqual(self.site.sql("SELECT name FROM bots ORDER BY id"),
                         [("urgent",), ("first",), ("second",)])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
