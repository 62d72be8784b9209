"""A folder with a database and spools, and the program under test."""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

PATIENCE = 60


class Site:
    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="menacedb-worker-"))
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "QUEUE_IDLE_EXIT": "0",
        }
        (self.folder / "shared").mkdir()
        self.sql(
            "CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT, content_hash TEXT UNIQUE)"
        )

    def close(self):
        # Whatever the test has left of the settings.
        self.run("worker", "stop", "--force", "--timeout", "10s", MENACEDB_CONFIG="/dev/null")
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, text, database="shared/global.db"):
        with sqlite3.connect(self.folder / database, timeout=PATIENCE) as connection:
            rows = connection.execute(text).fetchall()
        connection.close()
        return rows

    def count(self):
        return self.sql("SELECT count(*) FROM bots")[0][0]

    def run(self, *words, check=None, text="", **variables):
        done = subprocess.run(
            [self.program, *words],
            cwd=self.folder,
            env={**self.environment, **variables},
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if check is not None:
            assert done.returncode == check, f"{words}: {done}"
        return done

    def spawn(self, *words, **variables):
        return subprocess.Popen(
            [self.program, *words],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *words, check=None, **variables):
        return json.loads(self.run(*words, "--json", check=check, **variables).stdout)

    def start(self, **variables):
        return self.json("worker", "start", check=0, **variables)["pid"]

    def enqueue(self, name, *more):
        return self.run("enqueue", "bots", "--set", f"name={name}", *more, check=0)


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError(f"waited in vain for: {what}")


def is_alive(pid):
    process = pathlib.Path(f"/proc/{pid}")
    try:
        stat = (process / "stat").read_text()
        threads = len(list((process / "task").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Ended, though nobody asked yet how; but for threads, which keep its files open to their end.
    return stat.rsplit(")", 1)[1].split()[0] != "Z" or threads > 1


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the end of a killed process")
