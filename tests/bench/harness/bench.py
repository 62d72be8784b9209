"""What every case works with: the programs, a scratch directory, and a stopwatch."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


class Broken(Exception):
    """A run failed or its answer is wrong: the numbers mean nothing."""


class Skipped(Exception):
    """The case cannot run on this machine."""


@dataclass
class Run:
    """What the launcher says about one or more runs of a program."""
    min_us: float
    median_us: float
    max_us: float
    total_us: float
    cpu_us: float
    peak_kib: int

    @property
    def seconds(self):
        return self.total_us / 1e6


class Bench:
    def __init__(self, options):
        self.is_quick = options.quick
        self.rounds = options.rounds or (3 if options.quick else 5)
        self._build = (options.build or CHECKOUT / "build" / "release").resolve()
        self._menacedb = options.menacedb.resolve() if options.menacedb else None
        self._parent = (options.dir or CHECKOUT).resolve()
        self.scratch = None

    def __enter__(self):
        self._make_programs()
        self.scratch = Path(tempfile.mkdtemp(prefix=".bench-", dir=self._parent))
        # Nothing of the caller's settings reaches the programs.
        self.environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                            "HOME": str(self.scratch), "LC_ALL": "C.UTF-8"}
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _make_programs(self):
        if not (self._build / "CMakeCache.txt").exists():
            subprocess.run(["cmake", "-S", CHECKOUT, "-B", self._build, "-G", "Ninja",
                            "-DCMAKE_BUILD_TYPE=Release", "-DMENACEDB_BENCHMARKS=ON"],
                           check=True, stdout=subprocess.DEVNULL)
        targets = ["bench_floors"] + ([] if self._menacedb else ["menacedb"])
        subprocess.run(["cmake", "--build", self._build, "--target", *targets],
                       check=True, stdout=subprocess.DEVNULL)
        self._menacedb = self._menacedb or self._build / "menacedb"

    @property
    def menacedb(self):
        return str(self._menacedb)

    def floor(self, name):
        path = self._build / "floors" / name
        if not path.exists():
            raise Skipped(f"the floor '{name}' was not built (libsimdjson-dev is missing?)")
        return str(path)

    def folder(self, name):
        """A new, empty folder in the scratch directory."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def clear(self):
        for path in self.scratch.iterdir():
            shutil.rmtree(path)

    def run(self, command, cwd, runs=1, lanes=1, stdin="/dev/null", stdout="/dev/null"):
        """Runs the command with the launcher: see floors/launch.c."""
        launch = [self.floor("launch"), "-n", str(runs), "-p", str(lanes), "-i", str(stdin),
                  "-o", str(stdout), "--", *map(str, command)]
        done = subprocess.run(launch, cwd=cwd, env=self.environment, stdout=subprocess.PIPE,
                              check=False)
        if done.returncode != 0:
            raise Broken(f"the launcher ended with {done.returncode}: {command}")
        answer = json.loads(done.stdout)
        if answer.pop("exit") != 0:
            raise Broken(f"a run failed: {' '.join(map(str, command))[:300]}")
        answer.pop("runs")
        return Run(**answer)


def at_rest(path):
    """Makes sure that writing the path back to the disk is not part of what is measured next."""
    for name in [path, path.parent]:
        descriptor = os.open(name, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def copy_at_rest(source, target):
    shutil.copyfile(source, target)
    at_rest(target)


def count_lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
