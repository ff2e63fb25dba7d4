"""Line and branch coverage of src, from gcov's JSON; started by tests/coverage.

The build is made without optimization, so that every line and branch of the source is in the program, once. A
branch has arms: an `if` has two, each `&&` and `||` two more, a `switch` one for each place that its cases lead
to. An arm counts as covered when a test went that way. Two kinds of arms are no way that a program goes, and are
not counted:

- What a GW_CHECK decides. Its failing arm ends the program, because an invariant is broken; a test that got there
  would have found a bug. All arms on the lines of such a statement are left out, and so are those of a file's own
  macro that is one. A line with GW_NEVER is no line to run either.
- The arm of a switch that leads to `default: GW_NEVER(...)`, and the arm that gcc makes for a value that no case
  names in a switch without a default: over an enum, -Wswitch sees to it that every word has its case. When there
  is an arm more than there are cases, one that was never taken is left out.

Programs that are killed on purpose leave no counts behind.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys

import suites

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lint"))
import tree  # noqa: E402

NAME = "coverage"
MORE = ["sim", "e2e"]
BUILD = {"cc": "gcc", "options": ["-Db_coverage=true", "-Doptimization=0"], "suites": ["unit", *MORE],
         "patience": 2}
FOLDER = os.path.join("build", NAME)

# The files in which a branch that no test takes is a failure, and what all files together must come to (percent);
# the shell and the command line are mostly run from end to end.
WHOLE = ["src/core/attempt.c", "src/core/gate.c", "src/core/pace.c", "src/smartag/code.c",
         "src/smartag/codebook.c"]
LEAST_OVERALL = 90.0

CHECK_MACRO = re.compile(r"^#\s*define\s+(\w+)\([^)]*\)\s+GW_CHECK\(", re.MULTILINE)
SWITCH = re.compile(r"\bswitch \(")
CASES = re.compile(r"(?:(?:\bcase\b[^:?]*|\bdefault\s*):\s*)+")
NO_DEFAULT = re.compile(r"\bdefault\s*:(?!\s*GW_NEVER\()")
NEVER = re.compile(r"\bGW_NEVER\(")


class Source:
    """What the text of a file says about its lines."""

    def __init__(self, text):
        code = tree.code(text)
        self.lines = text.split("\n")
        macros = ["GW_CHECK", *CHECK_MACRO.findall(text)]
        check = re.compile(r"^[ \t]*(?:" + "|".join(macros) + r")\(", re.MULTILINE)
        self.checks, self.never, self.cases = set(), set(), {}
        for line, match in tree.matches(code, check):
            end = closing(code, match.end() - 1)
            self.checks.update(range(line, line + code.count("\n", match.end(), end) + 1))
        for line, _ in tree.matches(code, NEVER):
            self.never.add(line)
        for line, match in tree.matches(code, SWITCH):
            start = code.index("{", match.end())
            body = own_level(code[start + 1:closing(code, start)])
            if not NO_DEFAULT.search(body):
                cases = CASES.findall(body)
                self.cases[line] = len(cases) - any("default" in case for case in cases)

    def arms(self, line, counts):
        """Those of gcov's arms of a line that count."""
        if line in self.checks:
            return []
        if line in self.cases and len(counts) > self.cases[line] and 0 in counts:
            counts = list(counts)
            counts.remove(0)
        return counts


def closing(code, opening):
    """Where the bracket that opens there is closed."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] in "({") - (code[at] in ")}")
        if depth == 0:
            return at
    return len(code)


def own_level(body):
    """The body of a switch without the blocks in it: an inner switch has cases of its own."""
    kept, depth = [], 0
    for char in body:
        depth += char == "{"
        if depth == 0:
            kept.append(char)
        depth -= char == "}"
    return "".join(kept)


class Tally:
    """Lines and arms, all of them and those that were run."""

    def __init__(self):
        self.lines = self.lines_run = self.arms = self.arms_run = 0

    def add(self, file):
        for line, count in file.count_of.items():
            if line not in file.source.never:
                self.lines += 1
                self.lines_run += count > 0
        for _, arms in file.branches():
            self.arms += len(arms)
            self.arms_run += sum(count > 0 for count in arms)

    def row(self, name):
        def share(run, all_):
            # Rounded down: only all of them are 100 %.
            return f"{run:>6} of {all_:>6}  {1000 * run // all_ / 10 if all_ else 100.0:>5.1f} %"
        return f"{name:<26}{share(self.lines_run, self.lines)}   {share(self.arms_run, self.arms)}"


class File:
    """One source file's counts, put together from all objects that hold code of it."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.source = Source(file.read())
        self.count_of = collections.Counter()
        self.arms_of = collections.defaultdict(collections.Counter)

    def add(self, line):
        number = line["line_number"]
        self.count_of[number] += line["count"]
        for at, arm in enumerate(line["branches"]):
            self.arms_of[number, line.get("function_name")][at] += arm["count"]

    def branches(self):
        """(line, the counts of its arms) for each line and function that has any."""
        for (line, _), arms in sorted(self.arms_of.items(), key=lambda entry: entry[0][0]):
            counted = self.source.arms(line, list(arms.values()))
            if counted:
                yield line, counted

    def missing(self):
        for line, arms in self.branches():
            never = sum(count == 0 for count in arms)
            if never:
                yield f"{line}: {never} of {len(arms)} not taken: {self.source.lines[line - 1].strip()}"


def read_counts(folder):
    """path -> File for what gcov knows of the sources below src and include."""
    notes = tree.files(os.path.join(folder, "src"), ".gcno")
    objects = [os.path.join(os.path.abspath(folder), "src", path) for path in notes]
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *objects],
                          cwd=folder, capture_output=True, text=True, check=True)
    files = {}
    for told in map(json.loads, done.stdout.splitlines()):
        for entry in told["files"]:
            path = os.path.relpath(os.path.join(told["current_working_directory"], entry["file"]))
            if path.startswith(("src/", "include/")):
                if path not in files:
                    files[path] = File(path)
                for line in entry["lines"]:
                    files[path].add(line)
    return files


def show(files):
    """Prints the tables; returns whether the files of WHOLE are covered, and the share of all arms."""
    print(f"{'':<26}{'lines':>13}{'':<17}branches")
    floors, overall = collections.defaultdict(Tally), Tally()
    for path, file in files.items():
        floors[os.path.dirname(path)].add(file)
        overall.add(file)
    for name, tally in sorted(floors.items()):
        print(tally.row(name))
    print(overall.row("overall"))
    print()
    whole = True
    for path in WHOLE:
        tally = Tally()
        tally.add(files[path])
        print(tally.row(path))
        whole = whole and tally.arms_run == tally.arms
    return whole, 100.0 * overall.arms_run / overall.arms


def main():
    parser = argparse.ArgumentParser(prog="tests/coverage", description="What of src the tests run.")
    for suite in MORE:
        parser.add_argument("--" + suite, action="store_true", help=f"run the suite {suite} as well")
    parser.add_argument("--missing", action="append", default=[], metavar="PATH",
                        help="name the branches that nothing took, in files whose paths begin so")
    options = parser.parse_args()

    suites.BUILDS[NAME] = BUILD
    env = suites.environment()
    if not suites.compile_build(NAME, env):
        return 1
    for counts in tree.files(FOLDER, ".gcda"):
        os.unlink(os.path.join(FOLDER, counts))
    count = suites.Count()
    for suite in ["unit", *(more for more in MORE if getattr(options, more))]:
        count.add(suites.run_suite(NAME, suite, env))
    print()
    files = read_counts(FOLDER)
    whole, overall = show(files)
    for path in sorted(files):
        if path.startswith(tuple(options.missing)):
            for line in files[path].missing():
                print(f"{path}:{line}")

    verdicts = [("every test has passed", count.failed == 0),
                ("all branches of what decides about calls", whole)]
    if options.e2e:
        verdicts.append((f"{LEAST_OVERALL:.0f} % of the branches overall", overall >= LEAST_OVERALL))
    print()
    for what, held in verdicts:
        print(f"{'yes' if held else 'NO'}: {what}")
    return 0 if all(held for _, held in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
