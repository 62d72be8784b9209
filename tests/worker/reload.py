#!/usr/bin/env python3
"""The policy's files changed under what runs: reload.py MENACEDB [TEST...]"""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

from site_folder import PATIENCE, Site, wait_until

PROGRAM = ""
HOOK = 'local rules = require("rules.names")\nfunction route(table)\n  return rules[table]\nend\n'


class ReloadTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)
        self.folder = self.site.folder
        self.config = self.folder / "menacedb.toml"
        self.generation = 1

    def state(self):
        text = (self.folder / "logs/queue/sealed/.worker.state").read_text()
        return dict(line.partition(" ")[::2] for line in text.splitlines())

    def next_generation(self):
        """Until the worker has taken one more, of its own accord."""
        self.generation += 1
        wait_until(
            lambda: int(self.state()["generation"]) >= self.generation, f"generation "
            f"{self.generation}: {self.state()}"
        )
        self.assertEqual(int(self.state()["generation"]), self.generation)

    def refusal(self, text):
        wait_until(lambda: text in self.state()["config_error"], f"a refusal with {text!r}")
        self.assertEqual(int(self.state()["generation"]), self.generation)

    def replace(self, path, text):
        """As editors do."""
        temporary = path.with_name(f".{path.name}.swp")
        temporary.write_text(text)
        os.replace(temporary, path)

    def test_a_file_written_in_place_or_renamed_over_is_taken(self):
        self.site.start()
        self.config.write_text('[routing]\nshared = ["a"]\n')
        self.next_generation()
        self.replace(self.config, '[routing]\nshared = ["b"]\n')
        self.next_generation()
        self.config.rename(self.folder / "menacedb.toml~")
        self.config.write_text('[routing]\nshared = ["c"]\n')
        self.next_generation()

    def test_what_ends_as_it_began_is_no_reload(self):
        self.config.write_text('[routing]\nshared = ["a"]\n')
        self.site.start()
        self.replace(self.config, '[routing]\nshared = ["a"]\n')
        os.utime(self.config)
        self.config.write_text('[routing]\nshared = ["b"]\n')
        self.next_generation()

    def test_drop_ins_and_the_table_file_are_followed(self):
        self.config.write_text("")
        self.site.start()
        drop_ins = self.folder / "menacedb.d"
        drop_ins.mkdir()
        (drop_ins / "10.toml").write_text('[routing]\nshared = ["a"]\n')
        self.next_generation()
        (drop_ins / "20.toml").write_text('[routing]\nshared = ["b"]\n')
        self.next_generation()
        (drop_ins / "20.toml").unlink()
        self.next_generation()
        shutil.rmtree(drop_ins)
        self.next_generation()
        (self.folder / "config").mkdir()
        tables = self.folder / "config/db_router_tables.json"
        tables.write_text('{"shared": ["a"]}')
        self.next_generation()
        tables.write_text('{"shraed": ["a"]}')
        self.refusal("unknown key")

    def test_hooks_and_what_they_require_are_followed(self):
        (self.folder / "hooks/rules").mkdir(parents=True)
        self.site.start()
        self.config.write_text('[lua]\nhooks = "hooks"\n')
        self.refusal("init.lua")
        init = self.folder / "hooks/init.lua"
        init.write_text(HOOK)
        self.refusal("names.lua")
        names = self.folder / "hooks/rules/names.lua"
        names.write_text('return {bots = "shared"}\n')
        self.next_generation()
        self.assertEqual(self.state()["config_error"], "")
        names.write_text('return {bots = "deny"}\n')
        self.next_generation()
        self.site.run("enqueue", "bots", "--set", "name=a", MENACEDB_CONFIG="/dev/null", check=0)
        wait_until(lambda: self.site.sql("SELECT count(*) FROM menacedb_dead")[0][0] == 1, "denial")
        names.write_text("return {bots = \n")
        self.refusal("names.lua")
        init.write_bytes(b"\xff\xfe")
        self.refusal("UTF-8")

    def test_a_link_that_is_turned_elsewhere_is_followed(self):
        for name in ("v1", "v2"):
            (self.folder / name).mkdir()
            (self.folder / name / "menacedb.toml").write_text(f'[routing]\nshared = ["{name}"]\n')
        (self.folder / "current").symlink_to("v1")
        self.config.symlink_to("current/menacedb.toml")
        self.site.start()
        (self.folder / "next").symlink_to("v2")
        os.replace(self.folder / "next", self.folder / "current")
        self.next_generation()
        (self.folder / "v2/menacedb.toml").write_text('[routing]\nshared = ["v3"]\n')
        self.next_generation()

    def test_a_folder_that_is_deleted_and_made_anew_is_followed(self):
        folder = self.folder / "config"
        folder.mkdir()
        (folder / "menacedb.toml").write_text('[routing]\nshared = ["a"]\n')
        self.site.start()
        shutil.rmtree(folder)
        self.next_generation()
        folder.mkdir()
        (folder / "menacedb.toml").write_text('[routing]\nshared = ["b"]\n')
        self.next_generation()
        folder.rename(self.folder / "old")
        (self.folder / "new").mkdir()
        (self.folder / "new/menacedb.toml").write_text('[routing]\nshared = ["c"]\n')
        folder.symlink_to("new")
        self.next_generation()

    def test_a_file_that_is_half_written_is_waited_for(self):
        self.config.write_text('[routing]\nshared = ["a"]\n')
        self.site.start()
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("[routing]\n")
            file.flush()
            # Entries keep the worker busy meanwhile; it must not look into the file.
            for i in range(20):
                self.site.enqueue(f"n{i}", "--wait=30s")
            self.assertEqual(self.state()["generation"], "1")
            file.write('shared = ["b"]\n')
        self.next_generation()
        self.assertIn("b", self.config.read_text())

    def test_a_bad_candidate_changes_nothing_and_is_told(self):
        site = self.site
        site.start()
        for content, reason in (
            (b"[routing]\nshraed = []\n", "unknown key"),
            (b"[routing]\nshared = [\n", "menacedb.toml:"),
            (b"[queue]\ndir = 'a'\ndir = 'b'\n", "menacedb.toml:3"),
            (b"[queue]\nmax_line = '\xff'\n", "menacedb.toml:2"),
            (b"#" * (100 << 20), "larger than 1 MiB"),
        ):
            self.config.write_bytes(content)
            self.refusal(reason)
        self.config.unlink()
        self.config.mkdir()
        self.refusal("directory")
        status = site.json("status", MENACEDB_CONFIG="/dev/null")
        self.assertIn("directory", status["policy"]["last_error"])
        self.assertEqual(status["policy"]["generation"], 1)
        refused = site.run("worker", "reload", MENACEDB_CONFIG="/dev/null")
        self.assertEqual(refused.returncode, 78, refused)
        log = (self.folder / ".hive-mind/queue/worker.log").read_text()
        self.assertIn("reload-failed", log)
        site.run("enqueue", "bots", "--set", "name=a", "--wait=30s", MENACEDB_CONFIG="/dev/null",
                 check=0)
        self.config.rmdir()
        wait_until(lambda: self.state()["config_error"] == "", "the end of the refusal")

    def test_a_database_that_cannot_be_used_is_refused(self):
        self.site.start()
        (self.folder / "broken.db").write_text("no database at all, but long enough" * 100)
        self.config.write_text('[databases]\nshared = "broken.db"\n')
        self.refusal("broken.db")
        self.site.run("enqueue", "bots", "--set", "name=a", "--wait=30s", check=0,
                      MENACEDB_CONFIG="/dev/null")

    def test_reloads_at_once_all_get_their_verdict(self):
        self.site.start()
        for turn in range(5):
            self.config.write_text(f'[routing]\nshared = ["t{turn}"]\n')
            reloads = [self.site.spawn("worker", "reload", "--json") for _ in range(4)]
            answers = [reload.communicate(timeout=PATIENCE) for reload in reloads]
            self.assertEqual([reload.returncode for reload in reloads], [0] * 4, answers)
        self.config.write_text("[routing]\nshraed = []\n")
        reloads = [
            self.site.spawn("worker", "reload", MENACEDB_CONFIG="/dev/null") for _ in range(4)
        ]
        answers = [reload.communicate(timeout=PATIENCE) for reload in reloads]
        self.assertEqual([reload.returncode for reload in reloads], [78] * 4, answers)

    def test_what_a_variable_decides_needs_a_restart_and_says_so(self):
        self.config.write_text('[sync]\nbatch_bytes = "1MiB"\n')
        self.site.start(MENACEDB_SYNC_BATCH="64KiB")
        self.config.write_text('[sync]\nbatch_bytes = "3MiB"\n')
        self.next_generation()
        self.assertEqual(self.state()["pinned_items"], "sync.batch_bytes")
        problems = self.site.json("status")["problems"]
        self.assertIn("restart-needed", [problem["code"] for problem in problems])

    def test_the_generation_that_decided_is_recorded(self):
        self.site.start()
        self.site.enqueue("a", "--wait=30s")
        self.config.write_text('[routing]\nshared = ["a"]\n')
        self.next_generation()
        self.site.enqueue("b", "--wait=30s")
        self.site.enqueue("c", "--wait=30s")
        rows = self.site.sql(
            "SELECT name, value FROM menacedb_stats WHERE name GLOB 'generation:*' ORDER BY name"
        )
        self.assertEqual([(name.split("/")[1], count) for name, count in rows], [("1", 1), ("2", 2)])

    def watch(self, *words):
        process = self.site.spawn(*words)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def generations(self):
        rows = self.site.sql("SELECT name FROM sqlite_master WHERE name = 'menacedb_stats'")
        names = self.site.sql(
            "SELECT name FROM menacedb_stats WHERE name GLOB 'generation:*'"
        ) if rows else []
        return len({name.split("/")[1] for name, in names})

    def test_sync_watch_follows_and_refuses(self):
        process = self.watch("sync", "--watch", "--log-level", "info")
        self.site.enqueue("a", "--wait=30s")
        self.config.write_text('[routing]\ndeny = ["bots"]\n')
        self.assertIn("reloaded", process.stderr.readline())
        self.site.run("enqueue", "bots", "--set", "name=b", MENACEDB_CONFIG="/dev/null", check=0)
        wait_until(lambda: self.site.sql("SELECT count(*) FROM menacedb_dead")[0][0] == 1, "denial")
        self.config.write_text("[routing]\nshraed = []\n")
        line = process.stderr.readline()
        while "reload-failed" not in line:
            self.assertNotEqual(line, "")
            line = process.stderr.readline()
        self.assertIn("unknown key", line)
        self.config.write_text("")
        self.assertIn("reloaded", process.stderr.readline())
        process.send_signal(signal.SIGHUP)
        self.assertIn("reloaded", process.stderr.readline())
        self.site.enqueue("c", "--wait=30s")
        self.assertEqual(self.site.count(), 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_status_watch_shows_a_change_at_once(self):
        process = self.watch("status", "--watch=1h", "--json")
        first = json.loads(process.stdout.readline())
        self.assertIsNone(first["policy"]["last_error"])
        self.config.write_text("[routing]\nshraed = []\n")
        self.assertIn("unknown key", json.loads(process.stdout.readline())["policy"]["last_error"])
        self.config.unlink()
        self.assertIsNone(json.loads(process.stdout.readline())["policy"]["last_error"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_an_idle_worker_sleeps_until_something_happens(self):
        self.config.write_text("")
        pid = self.site.start()
        self.site.enqueue("a", "--wait=30s")
        self.config.write_text('[routing]\nshared = ["a"]\n')
        self.next_generation()

        def switches():
            text = (self.folder.parent / f"/proc/{pid}/status").read_text()
            return int(text.split("nonvoluntary_ctxt_switches")[0].split(
                "voluntary_ctxt_switches:")[1].split()[0])

        def is_quiet():
            before = switches()
            try:
                subprocess.run(["sleep", "0.4"], check=True)
            except subprocess.CalledProcessError:
                return False
            return switches() == before

        wait_until(is_quiet, "a worker that does not wake up")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
