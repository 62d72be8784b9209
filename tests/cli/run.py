#!/usr/bin/env python3
"""Runs command line cases: run.py [--update] --bin DIR GROUP...

A group is a folder, a case a folder in it:

  cmd     shell script, run by bash in an empty directory, with the binary first on PATH and
          $CASE naming the case's folder
  in      standard input (default: none)
  out     expected standard output (default: none)
  err     expected standard error (default: none)
  status  expected exit status (default: 0)

In out and err, <*> stands for any text within a line and a line <...> for any number of lines.
--update writes what the commands really say; lines that an old pattern matches keep the pattern.
"""

import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 120


def environment(bin_dir, case, home):
    """A fixed one: nothing of the caller's reaches menacedb."""
    return {
        "PATH": f"{bin_dir}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "CASE": str(case),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


def pattern_of(line):
    return ".*".join(re.escape(part) for part in line.split("<*>"))


def matches(expected, actual):
    pattern = "".join(
        "(?:.*\n)*" if line == "<...>" else pattern_of(line) + "\n"
        for line in expected.splitlines()
    )
    if expected and not expected.endswith("\n"):
        pattern = pattern[:-1]
    return re.fullmatch(pattern, actual) is not None


def read(path, default=""):
    return path.read_text(encoding="utf-8") if path.exists() else default


def run_command(case, bin_dir):
    with tempfile.TemporaryDirectory(prefix="menacedb-cli-") as scratch:
        work = pathlib.Path(scratch, "work")
        home = pathlib.Path(scratch, "home")
        work.mkdir()
        home.mkdir()
        given = case / "in"
        with open(given if given.exists() else os.devnull, "rb") as stdin:
            done = subprocess.run(
                ["bash", str(case / "cmd")],
                cwd=work,
                env=environment(bin_dir, case, home),
                stdin=stdin,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
    text = [part.decode("utf-8", "backslashreplace") for part in (done.stdout, done.stderr)]
    return {"out": text[0], "err": text[1], "status": f"{done.returncode}\n"}


def expected_of(case):
    return {
        "out": read(case / "out"),
        "err": read(case / "err"),
        "status": read(case / "status", "0\n"),
    }


def show_difference(case, name, expected, actual):
    print(f"--- {case.parent.name}/{case.name}: {name} differs")
    sys.stdout.writelines(
        line if line.endswith("\n") else line + "\n(no newline at the end)\n"
        for line in difflib.unified_diff(
            expected.splitlines(True), actual.splitlines(True), "expected", "actual"
        )
    )


def update(case, expected, actual):
    for name, default in (("out", ""), ("err", ""), ("status", "0\n")):
        if matches(expected[name], actual[name]):
            continue
        old = expected[name].splitlines()
        lines = actual[name].splitlines(True)
        for i, line in enumerate(lines[: len(old)]):
            if "<*>" in old[i] and re.fullmatch(pattern_of(old[i]), line.rstrip("\n")):
                lines[i] = old[i] + "\n"
        if actual[name] == default:
            (case / name).unlink(missing_ok=True)
        else:
            (case / name).write_text("".join(lines), encoding="utf-8")
        print(f"updated {case / name}")


def run_case(case, bin_dir, wants_update):
    expected = expected_of(case)
    try:
        actual = run_command(case, bin_dir)
    except subprocess.TimeoutExpired:
        print(f"--- {case.parent.name}/{case.name}: no end after {TIMEOUT_SECONDS} s")
        return False
    if wants_update:
        update(case, expected, actual)
        return True
    wrong = [name for name in expected if not matches(expected[name], actual[name])]
    for name in wrong:
        show_difference(case, name, expected[name], actual[name])
    return not wrong


def main():
    parser = argparse.ArgumentParser(description="run command line cases")
    parser.add_argument("--bin", required=True, help="folder of the binary")
    parser.add_argument("--update", action="store_true", help="accept what is printed")
    parser.add_argument("groups", nargs="+", type=pathlib.Path, help="a group, or one case")
    arguments = parser.parse_args()
    bin_dir = pathlib.Path(arguments.bin).resolve()
    if not (bin_dir / "menacedb").exists():
        sys.exit(f"no 'menacedb' in '{bin_dir}'")

    cases = []
    for group in arguments.groups:
        group = group.resolve()
        cases += [group] if (group / "cmd").exists() else sorted(
            path.parent for path in group.glob("*/cmd")
        )
    if not cases:
        sys.exit("no case found")
    failed = [case for case in cases if not run_case(case, bin_dir, arguments.update)]
    print(f"{len(cases) - len(failed)} of {len(cases)} cases passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
