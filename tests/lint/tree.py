"""What all lint checks share: walking the tree, C text without its comments, and reporting.

A rule is a function from the tree's root to a list of Offence, and its docstring is the rule. A script runs its rules
with main(), which prints every offence as FILE:LINE: reason and one TAP line for each rule.
"""

import os
import re
import sys
from typing import NamedTuple

# Floors from the lowest up; the floors of one row are siblings and may not know each other.
FLOORS = [["base"], ["core", "sim"], ["store", "net", "smartag", "conf", "obs"], ["app"], ["cli"]]
# gatewave-sim is a program of its own: the model behind a socket, and nothing of what it is there to test.
MAY_USE = {floor: {lower for row in FLOORS[:rank] for lower in row if lower != "sim"} | {floor}
           for rank, row in enumerate(FLOORS) for floor in row}
MAY_USE["simserver"] = {"base", "sim", "simserver"}


class Offence(NamedTuple):
    file: str
    line: int
    reason: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.reason}"


def files(root, *suffixes, under=("",)):
    """Paths relative to root, sorted, of the files below the folders in `under` that end in one of the suffixes."""
    found = []
    for top in under:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            inside = os.path.relpath(folder, root)
            folders[:] = [name for name in folders if name not in (".git", "__pycache__")
                          and not (inside == "." and name.startswith("build"))]
            found += [os.path.normpath(os.path.join(inside, name)) for name in names
                      if not suffixes or name.endswith(suffixes)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def floor_of(path):
    """The floor that src/FLOOR/... or include/gatewave/FLOOR/... belongs to, else None."""
    parts = path.split(os.sep)
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ["include", "gatewave"] and len(parts) > 3:
        return parts[2]
    return None


COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
COMMENT_OR_TEXT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def code(text):
    """C text with comments, strings and character constants blanked out, so that lines keep their numbers."""
    return COMMENT_OR_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def matches(text, pattern):
    """(line number, match) for each match of a compiled pattern."""
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match


def main(*rules):
    """Runs the rules on the tree named on the command line; exits with 1 when there is an offence."""
    root, failed = sys.argv[1], False
    print(f"1..{len(rules)}")
    for number, rule in enumerate(rules, start=1):
        offences = rule(root)
        for offence in offences:
            print(offence)
        title = rule.__doc__.splitlines()[0].rstrip(".")
        print(f"{'not ok' if offences else 'ok'} {number} - {title}")
        failed = failed or bool(offences)
    sys.exit(1 if failed else 0)
