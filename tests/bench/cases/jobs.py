"""The job table: claims and ends against a loop of the two statements, additions against prepared
inserts, with a million jobs of history, by several processes at once, and by workers."""

import shutil
import sqlite3

from harness.bench import Broken, at_rest
from harness.report import Result, interleave

HISTORY = 1_000_000
PAYLOAD = '{"bucket": "b-%07d", "peer": "n7"}'


def count_of(path, status):
    db = sqlite3.connect(path)
    found = db.execute("SELECT count(*) FROM sync_jobs WHERE status = ?", (status,)).fetchone()[0]
    db.close()
    return found


class Table:
    """A job table at rest with pending jobs, and perhaps history, copied afresh for each run."""

    def __init__(self, bench, name, pending, history=0):
        self.bench, self.pending, self.history = bench, pending, history
        self.folder = bench.folder(name)
        self.source, self.copy = self.folder / "source.db", self.folder / "jobs.db"
        bench.run([bench.menacedb, "jobs", "add", "First", "--db", self.source], self.folder)
        db = sqlite3.connect(self.source, isolation_level=None)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        db.execute("DELETE FROM sync_jobs")
        add = "INSERT INTO sync_jobs(job_type, payload, status, created_at, completed_at, priority)" \
              " VALUES('Noop', ?, ?, ?, ?, 5)"
        db.executemany(add, ((PAYLOAD % i, "completed", 1_700_000_000 + i // 100,
                              1_700_000_000 + i // 100) for i in range(history)))
        db.executemany(add, ((PAYLOAD % i, "pending", 1_710_000_000 + i // 100, None)
                             for i in range(pending)))
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        at_rest(self.source)

    def prepare(self):
        for old in self.folder.glob("jobs.db*"):
            old.unlink()
        shutil.copyfile(self.source, self.copy)
        at_rest(self.copy)

    def rate(self, program, batch, lanes=1):
        return self.rate_of([self.bench.floor(program), self.copy, self.pending, batch], lanes)

    def rate_of(self, command, lanes=1):
        self.prepare()
        run = self.bench.run(command, self.folder, lanes=lanes)
        if count_of(self.copy, "completed") != self.history + self.pending:
            raise Broken("not every job was completed")
        return self.pending / run.seconds

    def has_run_all_once(self):
        db = sqlite3.connect(self.copy)
        others = db.execute("SELECT count(*) FROM sync_jobs WHERE run IS NOT 1").fetchone()[0]
        db.close()
        return others == 0


def claims(bench, table, batch, name):
    rates = interleave(bench, lambda: table.rate("jobs_loop", batch),
                       lambda: table.rate("jobs_probe", batch))
    return Result(name, "jobs/s", *rates, target=">= 0.80")


def one_by_one(bench):
    table = Table(bench, "single", 5_000 if bench.is_quick else 20_000)
    yield claims(bench, table, 1, "claim and complete one by one")


def batched(bench):
    table = Table(bench, "batched", 50_000 if bench.is_quick else 200_000)
    yield claims(bench, table, 100, "claim and complete, 100 a commit")


def history(bench):
    count = 5_000 if bench.is_quick else 20_000
    empty, full = Table(bench, "empty", count), Table(bench, "full", count, HISTORY)
    rates = interleave(bench, lambda: empty.rate("jobs_probe", 1),
                       lambda: full.rate("jobs_probe", 1))
    yield Result("claim and complete behind 1,000,000 completed jobs", "jobs/s", *rates, target=">= 0.90")


def processes(bench):
    table = Table(bench, "processes", 4_000 if bench.is_quick else 20_000)
    rates = interleave(bench, lambda: table.rate("jobs_probe", 1),
                       lambda: table.rate("jobs_probe", 1, lanes=4))
    yield Result("claim and complete by 4 processes at once", "jobs/s", *rates, target=">= 1.00")


def workers(bench):
    """Real workers with a function in Lua that does nothing."""
    table = Table(bench, "workers", 50_000 if bench.is_quick else 200_000)
    (table.folder / "nothing.lua").write_text("function job_Noop(job) end\n")
    config = table.folder / "jobs.toml"
    config.write_text(f'[jobs]\ndatabase = "{table.copy}"\n'
                      '[jobs.handlers.Noop]\nlua = "nothing.lua"\n')
    command = [bench.menacedb, "jobs", "work", "--once", "--config", config]

    def rate(lanes):
        found = table.rate_of(command, lanes)
        if not table.has_run_all_once():
            raise Broken("a job ran twice")
        return found

    rates = interleave(bench, lambda: rate(1), lambda: rate(4))
    yield Result("jobs of 4 workers in Lua, and of 1", "jobs/s", *rates, target=">= 1.00")


class Addition:
    def __init__(self, bench, count):
        self.bench, self.count = bench, count
        self.table = Table(bench, "addition", 0)
        self.lines = self.table.folder / "payloads"
        self.lines.write_text("".join(PAYLOAD % i + "\n" for i in range(count)))

    def rate(self, command):
        self.table.prepare()
        run = self.bench.run(command, self.table.folder, stdin=self.lines)
        if count_of(self.table.copy, "pending") != self.count:
            raise Broken("not every job was added")
        return self.count / run.seconds

    def floor_rate(self):
        return self.rate([self.bench.floor("jobs_loop"), self.table.copy, "insert"])

    def our_rate(self):
        return self.rate([self.bench.menacedb, "jobs", "add", "Noop", "--stdin", "--db",
                          self.table.copy])


def addition(bench):
    case = Addition(bench, 50_000 if bench.is_quick else 200_000)
    rates = interleave(bench, case.floor_rate, case.our_rate)
    yield Result("add jobs from a stream", "jobs/s", *rates, target=">= 0.80")


CASES = {"jobs-single": one_by_one, "jobs-batched": batched, "jobs-history": history,
         "jobs-processes": processes, "jobs-workers": workers, "jobs-add": addition}
