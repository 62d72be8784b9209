#!/usr/bin/env python3
"""format.py ROOT: clang-format would change nothing. Skipped (77) without clang-format 14, since
each version has its own idea of the same settings."""

import pathlib
import re
import shutil
import subprocess
import sys

from common import finish, sources


def clang_format_14():
    for name in ("clang-format-14", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
            if re.search(r"version 14\.", version.stdout):
                return program
    return None


def main():
    program = clang_format_14()
    if not program:
        print("clang-format 14 is not installed")
        sys.exit(77)
    root = pathlib.Path(sys.argv[1])
    files = sources(root, ".hpp", ".cpp", ".h")
    problems = []
    for start in range(0, len(files), 50):
        command = [program, "--dry-run", "-Werror", *map(str, files[start : start + 50])]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        problems += sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line})
    finish([f"{problem}: run clang-format -i on it" for problem in problems], len(files))


if __name__ == "__main__":
    main()
