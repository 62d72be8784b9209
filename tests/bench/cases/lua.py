"""What a policy costs: a hook in the drain, a long TOML file at the start, and a change of it."""

import json
import os
import signal
import sqlite3
import subprocess
import time

from cases import drain
from harness import rows
from harness.bench import Broken
from harness.report import Result, interleave

ROUTE = 'function route(table)\n  return table == "telemetry" and "shared" or nil\nend\n'
UNUSED = "function on_failed()\n  return nil\nend\n"  # loaded, and never called here
RELOAD_PATIENCE_S = 30


SETTINGS = '[queue]\ndir = "queue"\n[databases]\nshared = "shared.db"\n' \
           '[routing]\nshared = ["telemetry"]\n'


class PolicyBacklog(drain.Backlog):
    """A backlog that is routed by settings and perhaps hooks: `--db-path` would ask neither."""

    hooks = ""

    def prepare(self):
        super().prepare()
        text = SETTINGS
        if self.hooks:
            (self.folder / "hooks.lua").write_text(self.hooks)
            text += '[lua]\nhooks = "hooks.lua"\n'
        (self.folder / "menacedb.toml").write_text(text)

    def our_command(self):
        return [self.bench.menacedb, "sync", "--once", "--json"]

    def calls(self):
        """How often the last drain called its hooks, as the drain counted."""
        done = subprocess.run([self.bench.menacedb, "hook", "list", "--json"], cwd=self.folder,
                              env=self.bench.environment, stdout=subprocess.PIPE, check=True)
        return sum(hook["calls"] for hook in json.loads(done.stdout)["hooks"])

    def run_with(self, hooks, calls):
        self.hooks = hooks
        run = self.run(self.our_command())
        if self.calls() != calls:
            raise Broken(f"{self.calls()} calls of hooks, {calls} expected")
        return run


def line_of_its_own_origin(number):
    """The drain asks once for each table, origin and operation: here each row is a question."""
    return rows.short_line(number).replace('"alpha"', f'"a{number}"')


def route(bench):
    count = 200_000 if bench.is_quick else 500_000
    source = bench.folder("lua_route_source")
    lines = rows.write(source / "lines", line_of_its_own_origin, range(count))
    backlog = PolicyBacklog(bench, "lua_route", lines,
                            drain.make_database(source / "db", drain.PLAIN), count)
    runs = [(backlog.run_with("", 0), backlog.run_with(UNUSED, 0),
             backlog.run_with(ROUTE, count)) for _ in range(bench.rounds)]
    # Judged by CPU time: a hook waits for nothing, and the drain's own waits would drown it.
    for name, field, target in (("lua_route", "cpu_us", "<= 1"),
                                ("lua_route_wall", "total_us", "")):
        bare, unused, called = ([getattr(run, field) / count for run in column]
                                for column in zip(*runs))
        yield Result(name, "us/call", [], [a - b for a, b in zip(called, unused)], target=target,
                     target_of="menacedb",
                     notes=["the drain with `route`, one call for each row, less the drain whose "
                            "policy defines only a hook that is not called"])
        yield Result(name + "_drain", "us/row", bare, called,
                     notes=["floor: without [lua] hooks, so that batches are committed in groups"])


def policy_of_200_lines():
    """Settings, lists and tables, each line of which says something."""
    lines = ["[instance]", 'id = "alpha"', "[databases]", 'busy_timeout = "4s"',
             'cache_size = "32MiB"', "[sync]", 'batch_bytes = "1MiB"', 'interval = "5s"',
             "[worker]", 'idle_exit = "10m"', "[routing]", 'undeclared = "shared"', "shared = ["]
    lines += [f'  "fleet_table_{n}",' for n in range(60)]
    lines += ["]", "local = ["]
    lines += [f'  "own_table_{n}",' for n in range(46)]
    lines += ["]", "[retention]"]
    for n in range(26):
        lines += [f"[tables.data_{n}]", 'placement = "shared"', f"priority = {n % 10 + 1}"]
    return "\n".join(lines[:200]) + "\n"


def start(bench):
    runs = 200 if bench.is_quick else 500
    without, with_policy = bench.folder("toml_without"), bench.folder("toml_with")
    text = policy_of_200_lines()
    if text.count("\n") != 200:
        raise Broken(f"the policy has {text.count(chr(10))} lines")
    (with_policy / "menacedb.toml").write_text(text)
    command = [bench.menacedb, "route", "bots"]
    floor, ours = interleave(bench, lambda: bench.run(command, without, runs=runs),
                             lambda: bench.run(command, with_policy, runs=runs), warm=True)
    yield Result("toml_start", "us", [run.median_us for run in floor],
                 [run.median_us for run in ours], target="<= 1.3",
                 notes=["`route bots`; floor: the same without a menacedb.toml"])
    yield Result("toml_start_min", "us", [run.min_us for run in floor],
                 [run.min_us for run in ours], target="<= 1.3",
                 notes=["the fastest run of each round: what a busy scheduler adds is not in it"])


class Reloads:
    """A worker whose policy is changed while it waits; what it applies names the policy."""

    def __init__(self, bench):
        self.folder = bench.folder("reload_in_force")
        (self.folder / "shared").mkdir()
        self.database = sqlite3.connect(self.folder / "shared/global.db", isolation_level=None,
                                        timeout=RELOAD_PATIENCE_S)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT)")
        self.change(0)
        self.worker = subprocess.Popen([bench.menacedb, "worker", "run", "--log-level", "error"],
                                       cwd=self.folder,
                                       env={**bench.environment, "QUEUE_IDLE_EXIT": "0"})

    def close(self):
        self.worker.send_signal(signal.SIGTERM)
        self.worker.wait()
        self.database.close()

    def change(self, number):
        """The policy's next text. Its hook is there before the file that names it is closed."""
        (self.folder / f"hooks_{number}.lua").write_text(
            f'function transform(entry)\n  entry.data.name = "policy {number}"\n'
            "  return entry\nend\n")
        (self.folder / "menacedb.toml").write_text(f'[lua]\nhooks = "hooks_{number}.lua"\n')

    def append(self):
        """In one write, as producers do."""
        path = self.folder / "logs/queue/lines.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.write(file, b'{"table": "bots", "data": {"name": "none"}}\n')
        os.close(file)

    def until_in_force(self, number):
        """Milliseconds until a row says so; a row is appended every 5 ms meanwhile."""
        begin = time.monotonic()
        appended = 0.0
        while time.monotonic() < begin + RELOAD_PATIENCE_S:
            if time.monotonic() >= appended + 0.005:
                self.append()
                appended = time.monotonic()
            found = self.database.execute("SELECT max(name = ?) FROM (SELECT name FROM bots "
                                          "ORDER BY id DESC LIMIT 50)", (f"policy {number}",))
            if found.fetchone()[0]:
                return (time.monotonic() - begin) * 1000
            time.sleep(0.001)
        raise Broken(f"policy {number} was never in force")


def reload(bench):
    times = []
    reloads = Reloads(bench)
    try:
        reloads.until_in_force(0)
        for number in range(1, 1 + (20 if bench.is_quick else 100)):
            time.sleep(0.3)  # it is idle by then
            reloads.change(number)
            times.append(reloads.until_in_force(number))
    finally:
        reloads.close()
    yield Result("reload_in_force", "ms", [], times, target="<= 100", target_of="menacedb",
                 notes=["from the close of menacedb.toml to the commit of the first row under it"])


CASES = {"lua_route": route, "toml_start": start, "reload_in_force": reload}
