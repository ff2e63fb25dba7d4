"""Builds the fuzz targets with clang's libFuzzer and sanitizers and runs them; started by tests/fuzz/run.

The build is build/fuzz; beside it stay what was found (build/fuzz/found/TARGET) and the inputs that broke a
law (build/fuzz/crashes/TARGET). A target runs on as many processes as there are cores, which share what they
find.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join("build", "fuzz")
SANITIZE = ["-fsanitize=fuzzer-no-link", "-fno-sanitize-recover=undefined"]
# The sanitizers make a target three to five times as slow, and remember what was freed: the strict limits, a
# second and 64 MiB, hold in tests/run. No single block may be larger than those 64 MiB.
LIMITS = ["-timeout=4", "-malloc_limit_mb=64", "-rss_limit_mb=1024"]
# What bytes a target is given at most: what its readers see of a file or a reply in real life, or all that is
# needed to reach everything.
INPUT_MAX = {"cloud": 2048, "csv": 16384, "jsonl": 16384, "headers": 8192, "reply_json": 16384,
             "reply_xml": 16384, "store": 2048}
INPUT_MAX_ELSE = 4096
# Of a committed corpus.
FILES_MAX = 148
BYTES_MAX = 70_000


def targets():
    """Every target is a folder of inputs."""
    return sorted(os.listdir(os.path.join(HERE, "corpus")))


def environment():
    env = dict(os.environ)
    env.update(
        CC="clang-14",
        ASAN_OPTIONS="abort_on_error=1:detect_stack_use_after_return=1:"
                     "quarantine_size_mb=16:malloc_context_size=8",
        UBSAN_OPTIONS="abort_on_error=1:print_stacktrace=1",
        LSAN_OPTIONS="print_suppressions=0:suppressions=" + os.path.join(HERE, "libraries.supp"),
        LC_ALL="C.UTF-8",
    )
    symbolizer = shutil.which("llvm-symbolizer-14")
    if symbolizer:
        env["ASAN_SYMBOLIZER_PATH"] = symbolizer
    return env


def run_quietly(argv, env):
    """Runs a command and shows what it says only when it fails, which ends the program."""
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(argv)}")


def build(env):
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        shutil.rmtree(BUILD, ignore_errors=True)
        run_quietly(["meson", "setup", "-Db_sanitize=address,undefined", "-Db_lundef=false",
                     "-Dc_args=" + " ".join(SANITIZE), BUILD], env)
    programs = [f"tests/fuzz/fuzz_{target}" for target in targets()]
    run_quietly(["ninja", "--quiet", "-C", BUILD, *programs], env)


def program(target):
    return os.path.join(BUILD, "tests", "fuzz", "fuzz_" + target)


def folder(kind, target):
    path = os.path.join(BUILD, kind, target)
    os.makedirs(path, exist_ok=True)
    return path


def corpus(target):
    return os.path.join(HERE, "corpus", target)


def arguments(target):
    """Limits and dictionary, the same for fuzzing and merging."""
    args = [program(target), *LIMITS, f"-max_len={INPUT_MAX.get(target, INPUT_MAX_ELSE)}", "-verbosity=1"]
    words = os.path.join(HERE, "dict", target + ".dict")
    if os.path.exists(words):
        args.append("-dict=" + words)
    return args


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(target, seconds, env):
    """Fuzzes one target on all cores; returns the inputs that broke a law."""
    crashes, found = folder("crashes", target), folder("found", target)
    before = set(os.listdir(crashes))
    started, workers = time.monotonic(), []
    for number in range(len(os.sched_getaffinity(0))):
        with open(os.path.join(BUILD, f"{target}-{number}.log"), "w", encoding="utf-8") as log:
            workers.append(subprocess.Popen(
                [*arguments(target), f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/",
                 "-reload=1", "-print_final_stats=1", found, corpus(target)],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
    ended_well = all([worker.wait() == 0 for worker in workers])
    runs = covered = 0
    for number in range(len(workers)):
        with open(os.path.join(BUILD, f"{target}-{number}.log"), encoding="utf-8", errors="replace") as log:
            text = log.read()
        runs += last(r"stat::number_of_executed_units: +(\d+)", text)
        covered = max(covered, last(r" cov: (\d+) ", text))
    new = sorted(set(os.listdir(crashes)) - before)
    print(f"{target:<12} {runs:>9} runs in {time.monotonic() - started:>4.0f} s, "
          f"{covered:>5} places reached, {len(os.listdir(found)):>5} inputs kept, {len(new)} crashes",
          flush=True)
    for name in new:
        print(f"    {program(target)} {os.path.join(crashes, name)}")
    if not ended_well and not new:
        print(f"    it ended badly: see {BUILD}/{target}-*.log")
        return [target]
    return new


def read(path):
    with open(path, "rb") as file:
        return file.read()


def keep(target, env):
    """Adds to the committed corpus what reaches new code: as many inputs as it may have, of all sizes."""
    with tempfile.TemporaryDirectory() as merged:
        found = folder("found", target)
        run_quietly([*arguments(target), "-set_cover_merge=1", merged, corpus(target), found], env)
        have = {read(os.path.join(corpus(target), name)) for name in os.listdir(corpus(target))}
        new = {read(os.path.join(merged, name)): name for name in os.listdir(merged)}
    inputs = sorted((data for data in new if data not in have), key=lambda data: (len(data), data))
    room, size = max(FILES_MAX - len(have), 0), sum(map(len, have))
    if len(inputs) > room:
        inputs = [inputs[number * len(inputs) // room] for number in range(room)]
    for data in inputs:
        if size + len(data) > BYTES_MAX:
            break
        with open(os.path.join(corpus(target), new[data][:12]), "wb") as file:
            file.write(data)
        size += len(data)
    print(f"{target:<12} {len(os.listdir(corpus(target)))} files, {size} bytes in its corpus", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/fuzz/run", description="Fuzzes what reads foreign bytes.")
    parser.add_argument("--minutes", type=float, default=1, help="for each target; 1 when it is not said")
    parser.add_argument("--keep", action="store_true",
                        help="put what reaches new code into tests/fuzz/corpus")
    parser.add_argument("target", nargs="*", help="only these of: " + ", ".join(targets()))
    options = parser.parse_args()
    for target in options.target:
        if target not in targets():
            parser.error(f"no target is called {target}; there are {', '.join(targets())}")

    env, crashes = environment(), []
    build(env)
    for target in options.target or targets():
        crashes += fuzz(target, max(1, round(options.minutes * 60)), env)
        if options.keep:
            keep(target, env)
    print(f"{len(crashes)} crashes" if crashes else "no crashes")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
