#!/usr/bin/env python3
"""options_in_man.py ROOT BINARY: what --help knows, the manual tells.

Every command has a page with two examples at least and is named in menacedb(1); every option of a
command is in its page, every global option and every exit status in menacedb(1)."""

import pathlib
import re
import subprocess
import sys

from common import finish


def help_of(binary, *command):
    done = subprocess.run([binary, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def section(text, title):
    found = re.search(rf"^{re.escape(title)}:\n((?:  .*\n)+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def entries(text):
    """The first words of the lines that begin an entry (two blanks deep)."""
    return re.findall(r"^  (\S.*)$", text, re.MULTILINE)


def option_names(text):
    for entry in entries(text):
        spelled = re.split(r"  +", entry)[0]
        yield from re.findall(r"(?:^|, )(--?[A-Za-z][A-Za-z-]*)", spelled)


def tells(page, option):
    """mdoc writes --set as `Fl -set`, and -n as `Fl n`."""
    return re.search(rf"\bFl {re.escape(option[1:])}(?![\w-])", page) is not None


def exit_statuses(header):
    return re.findall(r'\{(\d+), "([^"]+)"\}', header)


def check_command(root, binary, name, overview):
    page_path = pathlib.Path(root, "man", f"menacedb-{name}.1")
    if not page_path.exists():
        yield f"{name}: no page man/{page_path.name}"
        return
    page = page_path.read_text(encoding="utf-8")
    text = help_of(binary, name)
    for option in option_names(section(text, "Options")):
        if not tells(page, option):
            yield f"{name}: option {option} is not in man/{page_path.name}"
    if len(entries(section(text, "Examples"))) < 2:
        yield f"{name}: fewer than two examples in its help"
    examples = page.partition(".Sh EXAMPLES")[2].partition(".Sh ")[0]
    if len(re.findall(r"\bmenacedb ", examples)) < 2:
        yield f"{name}: fewer than two examples in man/{page_path.name}"
    if f"menacedb-{name} 1" not in overview:
        yield f"{name}: man/menacedb.1 does not refer to menacedb-{name} 1"


def main():
    root, binary = sys.argv[1:3]
    overview = pathlib.Path(root, "man/menacedb.1").read_text(encoding="utf-8")
    general = help_of(binary)
    commands = [entry.split()[0] for entry in entries(section(general, "Commands"))]
    problems = []
    for name in commands:
        problems += check_command(root, binary, name, overview)
    for option in option_names(section(general, "Options of every command")):
        if not tells(overview, option):
            problems.append(f"global option {option} is not in man/menacedb.1")
    header = pathlib.Path(root, "cli/exit_code.hpp").read_text(encoding="utf-8")
    for status, meaning in exit_statuses(header):
        if f".It {status}\n{meaning}\n" not in overview:
            problems.append(f"exit status {status}, '{meaning}', is not in man/menacedb.1")
    finish(problems, len(commands))


if __name__ == "__main__":
    main()
