"""What the lint programs share."""

import pathlib
import sys

# Where our own C++ lives.
SOURCE_FOLDERS = ("core", "cli", "plugins", "tests")


def sources(root, *suffixes):
    """Our C++ files below the folders, in a fixed order."""
    return sorted(
        path
        for folder in SOURCE_FOLDERS
        for path in pathlib.Path(root, folder).rglob("*")
        if path.suffix in suffixes
    )


def finish(problems, checked):
    """Ends the program. Nothing checked is a failure, too: the rule was looking in a wrong place."""
    for problem in problems:
        print(problem)
    print(f"{checked} checked, {len(problems)} wrong")
    sys.exit(1 if problems or checked == 0 else 0)
