#!/usr/bin/env python3
"""files.py ROOT: files stay short, headers begin with #pragma once, test names are sentences."""

import pathlib
import re
import sys

from common import finish, sources

MOST_LINES = 400
TEST_CASE = re.compile(r'\b(?:TEST_CASE|SUBCASE)\(\s*"((?:[^"\\]|\\.)*)"')
TEST_NAME = re.compile(r"[A-Za-z0-9 -]+")


def check(path, text):
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield f"{path}: {lines} lines, at most {MOST_LINES}"
    if path.endswith(".hpp") and not re.match(r"(//.*\n)*#pragma once\n", text):
        yield f"{path}: does not begin with #pragma once"
    if "\t" in text or "\r" in text:
        yield f"{path}: holds tabs or carriage returns"
    for name in TEST_CASE.findall(text):
        if not TEST_NAME.fullmatch(name):
            yield f"{path}: test name '{name}': letters, digits, spaces and hyphens only"


def main():
    root = pathlib.Path(sys.argv[1])
    files = sources(root, ".hpp", ".cpp", ".h", ".py")
    problems = []
    for file in files:
        path = file.relative_to(root).as_posix()
        problems += check(path, file.read_text(encoding="utf-8"))
    finish(problems, len(files))


if __name__ == "__main__":
    main()
