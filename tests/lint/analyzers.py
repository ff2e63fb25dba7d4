"""What the static analyzers find in src: gcc's, clang-tidy and cppcheck. What one finds is mended, or the check is
left out for all of src, with its reason: there is no list of exceptions.

Usage: analyzers.py ROOT BUILD [--deep], where BUILD is meson's folder with the compile commands. --deep asks clang's
symbolic execution and nothing else: it is not part of the lint suite, because it takes minutes (tests/analysis/run).
"""

import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import NamedTuple

import tree
from tree import Offence

TIDY_CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clang-tidy.yaml")
FINDING = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: (?:warning|error): (?P<what>.*)$", re.MULTILINE)


class Unit(NamedTuple):
    """A source file and the options that say what it means: where its headers are, its macros and its C."""
    path: str
    options: list


def units(root, build):
    """The sources below src that a build compiles, each once."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    found = {}
    for command in commands:
        path = os.path.relpath(os.path.join(command["directory"], command["file"]), root)
        if not path.startswith("src" + os.sep):
            continue
        options = []
        for word in shlex.split(command["command"]):
            if word.startswith("-I"):
                options.append("-I" + os.path.relpath(os.path.join(command["directory"], word[2:]), root))
            elif word.startswith(("-D", "-std=")) and not word.startswith("-D_FORTIFY_SOURCE"):
                options.append(word)
        found.setdefault(path, Unit(path, options))
    return [unit for _, unit in sorted(found.items())]


def findings(root, output):
    offences = set()
    for match in FINDING.finditer(output):
        path = os.path.normpath(os.path.relpath(os.path.join(root, match.group("file")), root))
        offences.add(Offence(path, int(match.group("line")), match.group("what")))
    return offences


def ask(root, program, command_lines):
    """What a program says of its command lines, several at a time; it must be there, and come to an end."""
    if not shutil.which(program):
        return [Offence(program, 0, "is not there: config/install brings it")]

    def run(words):
        done = subprocess.run([program, *words], cwd=root, capture_output=True, text=True, check=False)
        said = findings(root, done.stdout + done.stderr)
        if done.returncode and not said:
            said.add(Offence(program, 0, f"{shlex.join(words)}: {done.stderr.strip()[-500:]}"))
        return said

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sorted(set().union(*pool.map(run, command_lines)))


def gcc(root, build):
    """gcc -fanalyzer finds nothing."""
    return ask(root, "gcc", [["-fanalyzer", "-c", "-o", os.devnull, *unit.options, unit.path]
                             for unit in units(root, build)])


def cppcheck(root, _):
    """cppcheck finds nothing."""
    return ask(root, "cppcheck", [["--enable=warning,performance,portability", "--std=c11", "--quiet",
                                   "--error-exitcode=1", "--library=posix,gnu,sqlite3,openssl,libcurl",
                                   "--template={file}:{line}: warning: {message} [{id}]",
                                   f"-j{os.cpu_count()}", "-Iinclude", "src"]])


def tidy(root, build, checks):
    # One file at a time: version 14 takes va_list for uninitialized in the second file of a process.
    return ask(root, "clang-tidy-14", [["--quiet", "--warnings-as-errors=*", f"--config-file={TIDY_CONFIG}",
                                        "--header-filter=.*", f"--checks={checks}", unit.path, "--", *unit.options]
                                       for unit in units(root, build)])


def clang_tidy(root, build):
    """clang-tidy finds nothing."""
    return tidy(root, build, "-clang-analyzer-*")


def clang_analyzer(root, build):
    """clang's analyzer finds nothing."""
    return tidy(root, build, "-bugprone-*,-cert-*,-concurrency-*,-misc-*,-performance-*,-portability-*,-readability-*")


def main():
    root, build, *deep = sys.argv[1:]
    rules = [clang_analyzer] if deep == ["--deep"] else [gcc, cppcheck, clang_tidy]
    tree.main(*(tree_rule(rule, build) for rule in rules))


def tree_rule(rule, build):
    """The rule for one build, as tree.main() takes it."""
    def of_tree(root):
        return rule(root, build)
    of_tree.__doc__ = rule.__doc__
    return of_tree


if __name__ == "__main__":
    main()
