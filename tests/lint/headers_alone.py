#!/usr/bin/env python3
"""headers_alone.py ROOT COMPILER [INCLUDE_DIR...]: every header compiles with nothing before it."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

from common import finish, sources


def compile_alone(root, compiler, header):
    command = [compiler, "-std=gnu++20", "-fsyntax-only", "-D_GNU_SOURCE", "-DFMT_HEADER_ONLY=1"]
    command += [word for folder in sys.argv[3:] for word in ("-isystem", folder)]
    command += ["-I", str(root), "-x", "c++", "-include", str(header), os.devnull]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    name = header.relative_to(root).as_posix()
    return None if done.returncode == 0 else f"{name} does not compile alone:\n{done.stderr}"


def main():
    root = pathlib.Path(sys.argv[1])
    headers = sources(root, ".hpp")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda h: compile_alone(root, sys.argv[2], h), headers))
    finish([result for result in results if result], len(headers))


if __name__ == "__main__":
    main()
