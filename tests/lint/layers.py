#!/usr/bin/env python3
"""layers.py ROOT: includes go downward only, and heavy headers stay in their room."""

import pathlib
import re
import sys

from common import finish, sources

# Lowest first; modules of one level never include each other.
LEVELS = (
    ("core/base",),
    ("core/os",),
    ("core/model",),
    ("core/db",),
    (
        "core/queue",
        "core/store",
        "core/policy",
        "core/script",
        "core/audit",
        "core/plugin",
        "core/config",
    ),
    ("core/engine",),  # what its rooms share
    ("core/engine/jobs",),
    ("core/engine/drain",),
    (
        "core/engine/enqueue",
        "core/engine/care",
        "core/engine/replay",
        "core/engine/query",
        "core/engine/clients",
    ),
    ("core/engine/cleanup",),
    ("core/engine/worker",),
    ("core/engine/status",),
    ("cli",),
)
LEVEL_OF = {module: level for level, modules in enumerate(LEVELS) for module in modules}

# A header (as a pattern) and the only places that may include it; tests may include any of them but
# <iostream>.
HEAVY = (
    (r"sqlite3(ext)?\.h", ("core/db/",)),
    (r"toml\+\+/.*", ("core/config/toml_source.cpp",)),
    (r"(lua|lualib|lauxlib)\.h(pp)?", ("core/script/",)),
    (r"CLI/.*", ()),
    (r"iostream", ()),
    # Files are reached through Fs alone.
    (r"fstream|fcntl\.h|sys/stat\.h|dirent\.h|sys/file\.h", ("core/os/", "cli/")),
)

# Interfaces that a module of the same level implements (DESIGN: layers and layout).
IMPLEMENTED = {("core/script", "core/policy/hooks.hpp")}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def module_of(path):
    parts = path.split("/")
    if parts[0] == "cli":
        return "cli"
    has_rooms = parts[:2] == ["core", "engine"] and len(parts) > 3
    return "/".join(parts[: 3 if has_rooms else 2])


def wrong_edge(own, other):
    if other not in LEVEL_OF:
        return f"'{other}' is no module of the layers"
    if own == other or LEVEL_OF[other] < LEVEL_OF[own]:
        return None
    return "upward" if LEVEL_OF[other] > LEVEL_OF[own] else "sideways"


def check_own(path, include):
    if path.startswith(("tests/", "plugins/")):
        return None
    if "/" not in include:
        return f"{path}: include \"{include}\" by its path from the root"
    own = module_of(path)
    if own not in LEVEL_OF:
        return f"{path}: '{own}' is no module of the layers"
    if (own, include) in IMPLEMENTED:
        return None
    wrong = wrong_edge(own, module_of(include))
    return f"{path}: include of '{include}': {wrong}" if wrong else None


def check_library(path, include):
    for pattern, rooms in HEAVY:
        if not re.fullmatch(pattern, include):
            continue
        if path.startswith("tests/") and include != "iostream":
            continue
        if not path.startswith(tuple(rooms)):
            return f"{path}: <{include}> belongs to {' '.join(rooms) or 'no file'}"
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    problems = []
    checked = 0
    for source in sources(root, ".hpp", ".cpp", ".h"):
        path = source.relative_to(root).as_posix()
        for own, library in INCLUDE.findall(source.read_text(encoding="utf-8")):
            checked += 1
            problem = check_own(path, own) if own else check_library(path, library)
            if problem:
                problems.append(problem)
    finish(problems, checked)


if __name__ == "__main__":
    main()
