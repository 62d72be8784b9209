"""How fast a database is copied while a program writes to it, and how long that program waits,
beside the sqlite3 shell's `.backup`."""

import json
import shutil
import signal
import sqlite3
import subprocess
import time

from harness.bench import Broken, Skipped, at_rest, copy_at_rest
from harness.report import Result

MIB = 1 << 20


def make_database(path, size):
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE heartbeat(id INTEGER PRIMARY KEY, at INTEGER, note TEXT)")
    database.execute("CREATE TABLE filler(id INTEGER PRIMARY KEY, name TEXT, content BLOB)")
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO filler SELECT i, 'row-' || i, randomblob(480) FROM n", (size // 512,))
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


class Scene:
    def __init__(self, bench, size):
        self.bench = bench
        self.folder = bench.folder("backup")
        self.source = bench.folder("backup_source") / "db"
        make_database(self.source, size)
        self.size = self.source.stat().st_size

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        copy_at_rest(self.source, self.folder / "shared.db")

    def writer(self):
        return subprocess.Popen([self.bench.floor("foreign_writer"), "shared.db", "600"],
                                cwd=self.folder, env=self.bench.environment,
                                stdout=subprocess.PIPE, text=True)

    def end(self, writer):
        writer.send_signal(signal.SIGTERM)
        answer, _ = writer.communicate()
        if writer.returncode != 0:
            raise Broken(f"the foreign writer ended with {writer.returncode}")
        return json.loads(answer)

    def shell(self, *words):
        began = time.monotonic()
        subprocess.run(["sqlite3", *words], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def shell_backup(self):
        """Of a database at rest: beside a writer it begins anew with every commit."""
        self.prepare()
        seconds = self.shell("shared.db", ".backup copy.db")
        at_rest(self.folder / "copy.db")
        return seconds

    def shell_whole(self):
        seconds = self.shell_backup() + self.shell("copy.db", "PRAGMA quick_check")
        began = time.monotonic()
        subprocess.run(["sha256sum", "copy.db"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)
        return seconds + time.monotonic() - began

    def our_backup(self):
        """The seconds of the copy, those of the whole, and what the writer says."""
        self.prepare()
        writer = self.writer()
        try:
            began = time.monotonic()
            done = subprocess.run([self.bench.menacedb, "backup", "shared.db", "--json"],
                                  cwd=self.folder, env=self.bench.environment, check=True,
                                  stdout=subprocess.PIPE, text=True)
            whole = time.monotonic() - began
        finally:
            waited = self.end(writer)
        answer = json.loads(done.stdout)["backups"][0]
        if not answer["verified"]:
            raise Broken("the backup was not verified")
        return answer["copy_ms"] / 1000, whole, waited

    def shell_beside_writer(self, seconds):
        """What the writer says of a shell that copies for so long, if not to the end."""
        self.prepare()
        writer = self.writer()
        shell = subprocess.Popen(["sqlite3", "shared.db", ".backup copy.db"], cwd=self.folder,
                                 stdout=subprocess.DEVNULL)
        try:
            shell.wait(timeout=seconds)
            is_done = True
        except subprocess.TimeoutExpired:
            shell.kill()
            shell.wait()
            is_done = False
        return self.end(writer), is_done

    def copy_beside_writer(self):
        """What the writer says of somebody who copies the file and syncs the copy."""
        self.prepare()
        writer = self.writer()
        with open(self.folder / "shared.db", "rb") as source:
            with open(self.folder / "copy.db", "wb") as copy:
                shutil.copyfileobj(source, copy, MIB)
        at_rest(self.folder / "copy.db")
        return self.end(writer)


def backup(bench):
    if shutil.which("sqlite3") is None:
        raise Skipped("the sqlite3 shell is not installed")
    scene = Scene(bench, (128 if bench.is_quick else 1024) * MIB)
    mib = scene.size / MIB
    copies, wholes, floors, sums = [], [], [], []
    waits, shell_waits, copy_waits = [], [], []
    finished = 0
    for _ in range(bench.rounds):
        floors.append(mib / scene.shell_backup())
        sums.append(scene.shell_whole())
        copied, whole, waited = scene.our_backup()
        copies.append(mib / copied)
        wholes.append(whole)
        waits.append(waited)
        copy_waits.append(scene.copy_beside_writer()["max"])
        shell_waited, is_done = scene.shell_beside_writer(max(whole, 1))
        shell_waits.append(shell_waited["p95"])
        finished += is_done
    yield Result("backup_copy", "MiB/s", floors, copies, target=">= 0.80",
                 notes=["ours beside a writer that commits every 5 ms, the shell's without one; "
                        f"beside it the shell came to its end in {finished} of {bench.rounds} runs"])
    yield Result("backup_whole", "s", sums, wholes, target="<= 1.20",
                 notes=["the floor is .backup, quick_check and sha256sum of a database at rest"])
    yield Result("backup_writer_max", "ms", copy_waits, [waited["max"] for waited in waits],
                 target="<= 1.00",
                 notes=["the longest commit of the writer; the floor is a plain copy of the file "
                        "that is synced at its end"])
    yield Result("backup_writer_p95", "ms", shell_waits, [waited["p95"] for waited in waits],
                 notes=["the floor is the writer beside a shell that begins anew with each commit "
                        "and so writes next to nothing"])


CASES = {"backup": backup}
