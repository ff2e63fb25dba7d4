"""Builds gatewave four ways and runs its suites in each; started by tests/run.

A build is a folder build/NAME with its own compiler and options; a suite is a meson suite. What is counted are test
cases, as cmocka (in its TAP form), unittest and the lint checks report them, not programs; a program that ends badly
without naming a failed case is one failure more. Results are read from meson's own JSON log.

Two things go on at once. Compiling, and what computes, keeps the cores busy; the tests of the programs mostly wait, for
clocks, soaks and devices that come back, and go on beside it, first served by the cores whenever they want one.

The tests that wait measure a machine too, and one that is busy may fail them. A program of theirs that fails is shown,
run once more with nothing of its suite beside it, and what it says then counts; the end tells how often that was needed.
Nothing that computes is ever run again, nor what a sanitizer found or a signal ended.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

# patience stretches every time limit: the sanitizers' programs run two to three times as long as the others.
# build/gcc is the one that config/demo/run makes too, with the project's own options.
BUILDS = {
    "gcc": {"cc": "gcc", "options": [], "suites": ["unit", "lint", "fuzz", "sim", "e2e", "torture"], "patience": 1},
    "clang": {"cc": "clang-14", "options": [], "suites": ["unit"], "patience": 1},
    "asan": {"cc": "gcc", "options": ["-Doptimization=1", "-Db_sanitize=address,undefined"],
             "suites": ["unit", "fuzz", "sim", "e2e"], "patience": 4},
    "threads": {"cc": "gcc", "options": ["-Doptimization=1", "-Db_sanitize=thread"], "suites": ["unit"],
                "patience": 4},
}
QUICK = ["gcc"]
SUITES = ["unit", "lint", "fuzz", "sim", "e2e", "torture"]
WAITING = {"e2e": 3, "torture": 2}  # and how many programs of theirs a core takes at once
AGAIN = 2  # so many programs of such a suite may be run again: when more fail, it is not the machine
GENTLY = ["nice", "-n", "5"]

telling = threading.Lock()  # what belongs together is printed together

TAP_CASE = re.compile(r"^(ok|not ok) \d+(?:(?! # SKIP).)*( # SKIP.*)?$", re.MULTILINE)
UNITTEST_TOTAL = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
UNITTEST_END = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
FOUND = re.compile(r"(?:Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    again: int = 0  # programs that passed when they were run again
    hopeless: bool = False  # no busy machine explains how it failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.again += other.again

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def count_cases(output, ended_well):
    """The test cases that one program's output tells of, in agreement with how the program ended."""
    count = Count()
    for verdict, skip in TAP_CASE.findall(output):
        if skip:
            count.skipped += 1
        elif verdict == "ok":
            count.passed += 1
        else:
            count.failed += 1
    for total, end in zip(UNITTEST_TOTAL.findall(output), UNITTEST_END.findall(output)):
        said = {word: int(number) for word, number in re.findall(r"([a-z][a-z ]*)=(\d+)", end)}
        failed = said.get("failures", 0) + said.get("errors", 0) + said.get("unexpected successes", 0)
        skipped = said.get("skipped", 0)
        count.add(Count(max(int(total) - failed - skipped, 0), failed, skipped))
    if not ended_well and count.failed == 0:
        count.failed = 1
    if ended_well and count == Count():
        count.failed = 1  # it tested nothing, or says so in a form that nobody can count
    return count


def environment():
    env = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
    env.update(
        CMOCKA_MESSAGE_OUTPUT="TAP",
        ASAN_OPTIONS="halt_on_error=1:abort_on_error=1:detect_stack_use_after_return=1",
        UBSAN_OPTIONS="halt_on_error=1:abort_on_error=1:print_stacktrace=1",
        TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1",
        PYTHONDONTWRITEBYTECODE="1",
        LC_ALL="C.UTF-8",
    )
    return env


def run_quietly(argv, env):
    """Runs a command and shows its output only when it fails."""
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        # Ninja may have asked meson first, which talks a lot: what matters begins where a step failed.
        lines = done.stdout.splitlines()
        first = next((number for number, line in enumerate(lines) if line.startswith("FAILED:")), -60)
        print("\n".join(lines[first:][:60]))
        print(f"failed: {' '.join(argv)}")
    return done.returncode == 0


def compile_build(name, env, gently=()):
    build, folder = BUILDS[name], os.path.join("build", name)
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        shutil.rmtree(folder, ignore_errors=True)
        if not run_quietly(["meson", "setup", *build["options"], folder], {**env, "CC": build["cc"]}):
            return False
    return run_quietly([*gently, "ninja", "--quiet", "-C", folder], env)


def show_failure(test):
    print(f"---- {test['name']}: {test['result']} after {test['duration']:.1f} s, exit code {test['returncode']}")
    for stream in ("stdout", "stderr"):
        for line in test.get(stream, "").splitlines()[-150:]:
            print("    " + line)


def read_log(log):
    """Name of each program in meson's JSON log -> its count of cases; shows what failed."""
    counts = {}
    if os.path.exists(log):
        with open(log, encoding="utf-8") as lines:
            for test in map(json.loads, lines):
                ended_well = test["result"] == "OK"
                cases = count_cases(test.get("stdout", "") + "\n" + test.get("stderr", ""), ended_well)
                if cases.failed:
                    show_failure(test)
                    cases.hopeless = test["returncode"] < 0 and test["result"] != "TIMEOUT" or bool(FOUND.search(
                        test.get("stdout", "") + test.get("stderr", "")))
                counts[test["name"]] = cases
    return counts


def run_meson(build, logbase, options, env, wrap="", gently=()):
    """Runs tests of a build and returns the path of meson's log."""
    folder = os.path.join("build", build)
    # Meson adds the wrapper's name to that of the log.
    log = os.path.join(folder, "meson-logs", "-".join([logbase, *wrap.split()[:1]]) + ".json")
    if os.path.exists(log):
        os.unlink(log)
    subprocess.run([*gently, "meson", "test", "-C", folder, "--no-rebuild", "--logbase", logbase, *options,
                    *(["--wrap", wrap] if wrap else [])],
                   env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=False)
    return log


def settle(counts, run_again):
    """Runs again, by run_again(name), what failed of a suite that waits, and puts the second counts for the first."""
    failed = [name for name, count in counts.items() if count.failed]
    if len(failed) > AGAIN or any(counts[name].hopeless for name in failed):
        return
    for name in failed:
        second = run_again(name)
        if second.failed == 0 and second.passed:
            counts[name] = dataclasses.replace(second, again=1)


def run_suite(build, suite, env, wrap="", patience=1, gently=()):
    """Runs one suite of one build, each program by the command that wraps it, and returns its count of cases."""
    started = time.monotonic()
    longer = ["--timeout-multiplier", str(patience * BUILDS[build]["patience"])]
    at_once = (os.cpu_count() or 1) * WAITING.get(suite, 1)
    log = run_meson(build, suite, ["--suite", suite, "--num-processes", str(at_once), *longer], env, wrap, gently)
    with telling:
        counts = read_log(log)

    def run_again(name):
        short = name.rsplit(" / ", 1)[-1]
        log = run_meson(build, f"{suite}-again", [short, *longer], env, wrap, gently)
        with telling:
            count = read_log(log).get(name, Count())
            print(f"---- {short} of build/{build} was run again by itself: {count}")
        return count

    if suite in WAITING:
        settle(counts, run_again)
    total = Count()
    for count in counts.values():
        total.add(count)
    with telling:
        if not counts:
            print(f"---- the suite {suite} of build/{build} ran nothing: see build/{build}/meson-logs/{suite}.txt")
            total.failed += 1
        print(f"{build:<7} {suite:<7} {len(counts):>4} programs, {total}, {time.monotonic() - started:.1f} s", flush=True)
    return total


def build_gently(name, env):
    started = time.monotonic()
    built = compile_build(name, env, GENTLY)
    with telling:
        print(f"{name:<7} {'built' if built else 'NOT BUILT'} in {time.monotonic() - started:.1f} s", flush=True)
    return built


def run_all(builds, wanted, env):
    """Builds one after the other and runs its suites; those that wait have a thread of their own, in the same order."""
    total, waiting = Count(), []
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as beside:
        for build in builds:
            suites = [suite for suite in BUILDS[build]["suites"] if suite in wanted]
            if suites and not build_gently(build, env):
                total.failed += 1
                continue
            waiting += [beside.submit(run_suite, build, suite, env) for suite in suites if suite in WAITING]
            for suite in suites:
                if suite not in WAITING:
                    total.add(run_suite(build, suite, env, gently=GENTLY))
        for count in waiting:
            total.add(count.result())
    return total


def main():
    parser = argparse.ArgumentParser(prog="tests/run", description="Builds and runs gatewave's tests.")
    parser.add_argument("--quick", action="store_true", help="only the gcc build")
    parser.add_argument("suite", nargs="*", help="only these of: " + ", ".join(SUITES))
    options = parser.parse_args()
    for suite in options.suite:
        if suite not in SUITES:
            parser.error(f"no suite is called {suite}; there are {', '.join(SUITES)}")
    wanted = options.suite or SUITES

    total = run_all(QUICK if options.quick else BUILDS, wanted, environment())
    if total.skipped:
        print(f"{total.skipped} skipped")
    if total.again:
        print(f"{total.again} programs passed only when they were run again")
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main())
