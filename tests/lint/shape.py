"""Sizes, opening comments, and what stands where in the tree."""

import os
import re

import tree
from tree import Offence

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
TOP_LEVEL = {"meson.build", "README.md", "config", "include", "migrations", "src", "tests"}
TEXT = (".c", ".h", ".py", ".sh", ".md", ".sql", ".build", ".yaml", ".json", ".txt", ".service", ".csv", "run",
        "install", "coverage", "debian-packages")
# Put together from halves, so that this file does not offend itself.
LEFTOVER = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
SOMEBODYS_PATH = re.compile(r"(?<![\w.])/(?:ho" + r"me|Us" + r"ers|ro" + r"ot|wo" + r"rk)/[\w.]+")


def files_are_short(root):
    """No source file runs over 400 lines."""
    offences = []
    for path in tree.files(root, ".c", ".h", under=("include", "src")):
        lines = tree.read(root, path).count("\n")
        if lines > FILE_LINES_MAX:
            offences.append(Offence(path, lines,
                                    f"{lines} lines, at most {FILE_LINES_MAX}: split it by what is decided"))
    return offences


def functions_are_short(root):
    """No function runs over 70 lines."""
    offences = []
    for path in tree.files(root, ".c", ".h", under=("include", "src")):
        start, name = 0, ""
        lines = tree.code(tree.read(root, path)).split("\n")
        for number, line in enumerate(lines, start=1):
            # In this brace style a function, and nothing but a function, opens with { in the first column.
            if re.match(r"[a-zA-Z_].*\(", line):
                name = re.search(r"(\w+)\s*\(", line).group(1)
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start + 1 > FUNCTION_LINES_MAX:
                    offences.append(Offence(path, start, f"{name}() has {number - start + 1} lines, "
                                                         f"at most {FUNCTION_LINES_MAX}"))
                start = 0
    return offences


def files_say_what_they_are(root):
    """A .c opens with a comment; a header has one before its first declaration."""
    offences = []
    for path in tree.files(root, ".c", under=("src", "tests")):
        if not any(line.startswith("/*") for line in tree.read(root, path).split("\n")[:3]):
            offences.append(Offence(path, 1, "must open with a few lines: what is done here, what must stay true"))
    for path in tree.files(root, ".h", under=("include", "src")):
        before = re.split(r"^(?:struct|enum|union|static|extern|[a-z_]\w* )", tree.read(root, path), maxsplit=1,
                          flags=re.MULTILINE)[0]
        if "/*" not in before:
            offences.append(Offence(path, 1, "a header is a manual: say what it is for before the first declaration"))
    return offences


def top_level_entries(root):
    """Nothing but the house stands at the top level."""
    return [Offence(name, 1, "does not belong at the top level: " + ", ".join(sorted(TOP_LEVEL)))
            for name in sorted(os.listdir(root))
            if name not in TOP_LEVEL and not name.startswith(".") and not name.startswith("build")]


def nothing_left_over(root):
    """Nothing is left for later, no path of one machine, no blanks at a line's end."""
    offences = []
    for path in tree.files(root, *TEXT):
        for number, line in enumerate(tree.read(root, path).split("\n"), start=1):
            if LEFTOVER.search(line):
                offences.append(Offence(path, number, "do it now or leave the word out"))
            if SOMEBODYS_PATH.search(line):
                offences.append(Offence(path, number, "a path of somebody's own machine"))
            if line != line.rstrip():
                offences.append(Offence(path, number, "blanks at the end of the line"))
    return offences


def everything_is_built(root):
    """Every .c file is named in its folder's meson.build."""
    offences = []
    for path in tree.files(root, ".c", under=("src", "tests/unit", "tests/bench")):
        folder, name = os.path.split(path)
        while folder and not os.path.exists(os.path.join(root, folder, "meson.build")):
            folder = os.path.dirname(folder)
        listed = tree.read(root, os.path.join(folder, "meson.build"))
        stem = name[len("test_"):-2] if name.startswith("test_") else name
        inside = os.path.relpath(path, folder)
        if not any(f"'{word}'" in listed for word in (name, stem, inside)):
            offences.append(Offence(path, 1, f"is not built: {folder}/meson.build does not name it"))
    return offences


def tests_assert(root):
    """Every test file has an assertion, and every test in it is run."""
    offences = []
    for path in tree.files(root, ".c", under=("tests/unit",)):
        text = tree.code(tree.read(root, path))
        if not os.path.basename(path).startswith("test_"):
            continue
        if not re.search(r"\bassert_\w+\(|\bfail(_msg)?\(|expect_assert_failure\(", text):
            offences.append(Offence(path, 1, "asserts nothing"))
        for line, match in tree.matches(text, re.compile(r"^static void (test_\w+)\(void \*\*", re.MULTILINE)):
            if len(re.findall(rf"\b{match.group(1)}\b", text)) < 2:
                offences.append(Offence(path, line, f"{match.group(1)} is never run"))
    for path in tree.files(root, ".py", under=("tests",)):
        if os.path.basename(path).startswith("test_") and ".assert" not in tree.read(root, path):
            offences.append(Offence(path, 1, "asserts nothing"))
    return offences


RULES = (files_are_short, functions_are_short, files_say_what_they_are, top_level_entries, nothing_left_over,
         everything_is_built, tests_assert)

if __name__ == "__main__":
    tree.main(*RULES)
