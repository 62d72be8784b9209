#!/usr/bin/env python3
"""order_enqueue.py BUILD_DIR: writes cmake/enqueue_order.ld.

The functions that one `menacedb enqueue` runs are a twentieth of the program but lie all over it, and
each stretch of 64 KiB that is touched costs a page fault, some 4 us, at every start. This program
runs an enqueue under valgrind, looks up in the linker's map which object each function came from, and
writes a linker script that puts them side by side. Run it on a release build after larger changes,
build again, and compare with tests/bench/run --only enqueue. A stale name does no harm."""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HEADER = """/* Made by cmake/order_enqueue.py; do not edit. The functions of one enqueue, side by side. */
SECTIONS
{
  .text.enqueue :
  {
    *crt1.o(.text .text.*)
    *crtbegin.o(.text .text.*)
    *libgcc.a:_udivdi3.o(.text) *libgcc.a:_udivti3.o(.text) *libgcc.a:_umodti3.o(.text)
"""
FOOTER = """  }
}
INSERT BEFORE .text;
"""


def link_map(build):
    """Section name -> objects that brought one, from linking again with a map."""
    commands = subprocess.run(
        ["ninja", "-C", build, "-t", "commands", "menacedb"], capture_output=True, text=True, check=True
    )
    link = commands.stdout.splitlines()[-1].removeprefix(": && ").split(" && ")[0]
    words = [word for word in shlex.split(link) if "enqueue_order" not in word]
    with tempfile.TemporaryDirectory() as scratch:
        words[words.index("-o") + 1] = f"{scratch}/menacedb"
        map_file = f"{scratch}/map"
        subprocess.run([*words, f"-Wl,-Map={map_file}"], cwd=build, check=True)
        text = pathlib.Path(map_file).read_text(encoding="utf-8")
    text = text[text.index("Linker script and memory map") :]
    objects = {}
    for section, size, file in re.findall(
        r"^ (\.text\.\S+)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+)$", text, re.MULTILINE
    ):
        if int(size, 16):
            objects.setdefault(section, []).append(file)
    return objects


def functions_run(build):
    """Mangled names with the source file valgrind knows, in no order."""
    with tempfile.TemporaryDirectory() as scratch:
        out = f"{scratch}/calls"
        command = ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={out}"]
        command += ["--compress-strings=no", str(pathlib.Path(build, "menacedb").resolve())]
        command += ["enqueue", "bots", '{"name": "scout", "speed": 7}']
        for _ in range(2):  # the second one finds the spool in place, as nearly all do
            subprocess.run(command, cwd=scratch, check=True, capture_output=True)
        calls = pathlib.Path(out).read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^fn=(?:\(\d+\) )?([^\s']+)", calls, re.MULTILINE)))


def pattern_of(file):
    """`a/libx.a(y.o)` as the linker script writes it; build folders differ, names do not."""
    archive = re.fullmatch(r"(?:.*/)?([^/]+\.a)\(([^)]+)\)", file)
    return f"*{archive[1]}:{archive[2]}" if archive else f"*{pathlib.Path(file).name}"


def spellings(name):
    """Complete and base constructors and destructors are one function under two names."""
    return {name, re.sub(r"([CD])1(?=E)", r"\g<1>2", name), re.sub(r"C1(?=I)", "C2", name)}


def lines(functions, objects):
    for name in sorted({spelling for name in functions for spelling in spellings(name)}):
        for prefix in (".text.", ".text.startup.", ".text.hot."):
            files = objects.get(prefix + name, [])
            # A name without linkage, such as run(), exists in several objects.
            for file in files if len(files) == 1 else [f for f in files if "enqueue" in f or "main" in f]:
                yield f"    {pattern_of(file)}({prefix}{name})\n"


def main():
    build = sys.argv[1]
    found = list(lines(functions_run(build), link_map(build)))
    if not found:
        sys.exit("no function found: is this a release build?")
    target = pathlib.Path(__file__).with_name("enqueue_order.ld")
    target.write_text(HEADER + "".join(found) + FOOTER, encoding="utf-8")
    print(f"{len(found)} functions in {target}")


if __name__ == "__main__":
    main()
