"""Layout: what clang-format 14, and no other version, makes of .clang-format."""

import re
import shutil
import subprocess

import tree
from tree import Offence

PROGRAM = "clang-format-14"
COMPLAINT = re.compile(r"^(?P<file>.+?):(?P<line>\d+):\d+: error: code should be clang-formatted", re.MULTILINE)


def laid_out_by_clang_format(root):
    """Every C file is laid out as clang-format 14 would do it."""
    if not shutil.which(PROGRAM):
        return [Offence(".clang-format", 1, f"{PROGRAM} is not there: config/install brings it")]
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    if " version 14." not in version:
        return [Offence(".clang-format", 1, f"is written for version 14 exactly, and this is {version.strip()}")]
    paths = tree.files(root, ".c", ".h", under=("include", "src", "tests"))
    if not paths:
        return []
    done = subprocess.run([PROGRAM, "--dry-run", "-Werror", *paths], cwd=root, capture_output=True, text=True,
                          check=False)
    offences = {}
    for match in COMPLAINT.finditer(done.stderr):
        offences.setdefault(match.group("file"), int(match.group("line")))
    if done.returncode and not offences:
        return [Offence(".clang-format", 1, f"{PROGRAM} failed: {done.stderr.strip()}")]
    return [Offence(file, line, f"run {PROGRAM} -i {file}") for file, line in sorted(offences.items())]


RULES = (laid_out_by_clang_format,)

if __name__ == "__main__":
    tree.main(*RULES)
