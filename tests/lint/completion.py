#!/usr/bin/env python3
"""completion.py ROOT BINARY: what --help and the settings know, the shells complete.

The script for bash is asked, as the shell would, for every command, option, action and item; that
for zsh must be the same functions, and that for fish must name them all."""

import json
import os
import pathlib
import re
import subprocess
import sys

from common import finish
from options_in_man import entries, help_of, option_names, section

ASK = r"""
source <(menacedb completion bash)
while IFS= read -r line; do
  read -ra COMP_WORDS <<<"$line"
  [[ $line == *' ' ]] && COMP_WORDS+=("")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _menacedb
  printf '%s ' "${COMPREPLY[@]}"
  echo
done
"""


def run(binary, *words):
    return subprocess.run([binary, *words], capture_output=True, text=True, check=True).stdout


def long_names(text):
    return {name for name in option_names(text) if name.startswith("--")}


def actions(name, text):
    """The words of which one follows the command: `menacedb worker start|stop`."""
    found = re.findall(rf"menacedb {name} ([a-z]+(?:\|[a-z]+)*)(?= |$)", section_usage(text), re.M)
    return {word for words in found for word in words.split("|")}


def section_usage(text):
    return re.match(r"Usage: (?:.+\n)+", text).group(0)


def offered(binary, lines):
    path = f"{pathlib.Path(binary).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", ASK], input="".join(f"{line}\n" for line in lines),
                          capture_output=True, text=True, check=True,
                          env={**os.environ, "PATH": path})
    return dict(zip(lines, (set(answer.split()) for answer in done.stdout.splitlines())))


def wanted(root, binary):
    """What has to be offered, by the line that is completed."""
    general = help_of(binary)
    commands = [entry.split()[0] for entry in entries(section(general, "Commands"))]
    everywhere = long_names(section(general, "Options of every command"))
    lines = {"menacedb ": set(commands)}
    for name in commands:
        text = help_of(binary, name)
        lines[f"menacedb {name} --"] = long_names(section(text, "Options")) | everywhere
        if words := actions(name, text):
            lines[f"menacedb {name} "] = words
    settings = json.loads(run(binary, "config", "show", "--json", "--config",
                              str(pathlib.Path(root, "config/menacedb.toml"))))
    items = {value["key"] for value in settings["values"]}
    lines["menacedb config show "] = {key for key in items if key.count(".") == 1}
    return commands, lines


def in_fish(script, commands, lines):
    """What the script for fish lacks."""
    for name in commands:
        own = "\n".join(line for line in script.splitlines()
                        if f"__fish_seen_subcommand_from {name}'" in line or " -n " not in line)
        if not re.search(rf"__fish_use_subcommand -f -a {re.escape(name)} ", script):
            yield f"command {name}"
        for option in lines[f"menacedb {name} --"]:
            if not re.search(rf" -l {re.escape(option[2:])} ", own):
                yield f"option {option} of {name}"
        for word in lines.get(f"menacedb {name} ", ()):
            if not re.search(rf" -a '(?:[a-z-]+ )*{word}[ ']", own):
                yield f"action {word} of {name}"


def main():
    root, binary = sys.argv[1:3]
    commands, lines = wanted(root, binary)
    problems = []
    for line, answer in offered(binary, list(lines)).items():
        problems += [f"bash does not complete '{line}' to '{word}'"
                     for word in sorted(lines[line] - answer)]
    bash, zsh = run(binary, "completion", "bash"), run(binary, "completion", "zsh")
    if not zsh.endswith(bash):
        problems.append("the script for zsh does not end with that for bash")
    fish = run(binary, "completion", "fish")
    problems += [f"fish does not know {missing}" for missing in in_fish(fish, commands, lines)]
    if "completion --names keys" not in fish:
        problems.append("fish does not complete items")
    finish(problems, sum(map(len, lines.values())))


if __name__ == "__main__":
    main()
