"""The slow analyses, part by part; started by tests/analysis/run."""

import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import suites  # noqa: E402

ANALYZERS = os.path.join("tests", "lint", "analyzers.py")
# What a library keeps to its end is reachable still; lost is what nobody can free any more.
VALGRIND = ("valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite "
            "--errors-for-leak-kinds=definite --fair-sched=yes")
VALGRIND_PATIENCE = 40


def static(env):
    good = suites.compile_build("gcc", env)
    for how in ([], ["--deep"]):
        done = subprocess.run([sys.executable, ANALYZERS, ".", os.path.join("build", "gcc"), *how], check=False)
        good = good and done.returncode == 0
    return good


def memory(env):
    if not suites.compile_build("gcc", env):
        return False
    return suites.run_suite("gcc", "unit", env, VALGRIND, VALGRIND_PATIENCE).failed == 0


def threads(env):
    if not suites.compile_build("threads", env):
        return False
    count = suites.Count()
    for suite in ("unit", "e2e"):
        count.add(suites.run_suite("threads", suite, env))
    return count.failed == 0


PARTS = {"static": static, "memory": memory, "threads": threads}


def main():
    parser = argparse.ArgumentParser(prog="tests/analysis/run", description="The analyses that take long.")
    parser.add_argument("part", nargs="*", help="only these of: " + ", ".join(PARTS))
    options = parser.parse_args()
    for part in options.part:
        if part not in PARTS:
            parser.error(f"no part is called {part}; there are {', '.join(PARTS)}")

    env = suites.environment()
    verdicts = []
    for part in options.part or PARTS:
        print(f"== {part}", flush=True)
        verdicts.append((part, PARTS[part](env)))
    print()
    for part, good in verdicts:
        print(f"{part}: {'nothing found' if good else 'FOUND SOMETHING'}")
    return 0 if all(good for _, good in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
