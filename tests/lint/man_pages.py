#!/usr/bin/env python3
"""man_pages.py ROOT: mandoc finds nothing to complain about. Skipped (77) without mandoc."""

import pathlib
import shutil
import subprocess
import sys

from common import finish


def main():
    if not shutil.which("mandoc"):
        print("mandoc is not installed")
        sys.exit(77)
    pages = sorted(pathlib.Path(sys.argv[1], "man").glob("*.[0-9]"))
    problems = []
    for page in pages:
        command = ["mandoc", "-Tlint", "-Wwarning", str(page)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or done.stdout:
            problems.append((done.stdout + done.stderr).rstrip())
    finish(problems, len(pages))


if __name__ == "__main__":
    main()
