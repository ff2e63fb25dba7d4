"""Plants one fault after the other in the production code and says what finds it in the simulator.

Started by tests/sim/planted [WORD...] (only faults whose names hold a WORD). It works on a copy, in which it builds the
simulator for each fault and plays worlds on all cores until an invariant breaks. The table: fault, invariant, worlds
that were needed, seconds. A fault whose text is no longer in the source is an error: mend it together with the source.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from faults import PLANTED, PLANTED_AT_NIGHT

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE_S = 300
BATCH, BATCH_OF_NIGHTS = 20, 4
FOUND = re.compile(r"^seed (\d+), event \d+: ([IN]\d+): (.*)$", re.MULTILINE)


def build(tree):
    return subprocess.run(["ninja", "-C", str(tree / "build"), "tests/sim/simulator"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def prepare(work):
    """A copy of what git would see here, and its first build."""
    tree = work / "tree"
    tree.mkdir()
    names = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"],
                           stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    # A fault may leave a variable without a use.
    subprocess.run(["meson", "setup", "-Dwerror=false", str(tree / "build"), str(tree)], stdout=subprocess.DEVNULL,
                   check=True)
    done = build(tree)
    if done.returncode != 0:
        sys.exit(done.stdout[-3000:])
    return tree


class Hunt:
    """Worlds played side by side until one breaks."""

    def __init__(self, tree, nights):
        self.simulator = tree / "build" / "tests" / "sim" / "simulator"
        self.next, self.worlds, self.found = 1, 0, None
        self.batch, self.options = (BATCH_OF_NIGHTS, ["--nights"]) if nights else (BATCH, [])
        self.lock, self.running = threading.Lock(), set()

    def play(self, end):
        while not self.found and time.monotonic() < end:
            with self.lock:
                first, self.next = self.next, self.next + self.batch
            with subprocess.Popen([self.simulator, "--seed", str(first), "--count", str(self.batch), *self.options],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace") as process:
                with self.lock:
                    self.running.add(process)
                said = process.communicate()[0]
                with self.lock:
                    self.running.discard(process)
            self.heard(first, said, process.returncode)

    def heard(self, first, said, code):
        with self.lock:
            if self.found:
                return
            if code == 0:
                self.worlds += self.batch
                return
            match = FOUND.search(said)
            if match:
                self.worlds += int(match[1]) - first + 1
                self.found = match[2], match[3]
            elif code < 0:
                self.worlds += self.batch
                self.found = f"signal {-code}", said.strip().rpartition("\n")[2]
            else:
                self.found = f"exit {code}", said.strip().rpartition("\n")[2]
            for process in self.running:
                process.kill()


def hunt(tree, nights):
    """(invariant, text) or None, worlds, seconds."""
    chase, started = Hunt(tree, nights), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for future in [pool.submit(chase.play, started + PATIENCE_S) for _ in range(os.cpu_count() or 1)]:
            future.result()
    return chase.found, chase.worlds, time.monotonic() - started


def plant(tree, fault):
    name, file, old, new = fault
    path = tree / "src" / file
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        print(f"{name:<52} NOT PLANTED: its text is {text.count(old)} times in src/{file}", flush=True)
        return None
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        done = build(tree)
        if done.returncode != 0:
            print(f"{name:<52} DOES NOT BUILD\n{done.stdout[-1500:]}", flush=True)
            return None
        found, worlds, seconds = hunt(tree, fault in PLANTED_AT_NIGHT)
    finally:
        path.write_text(text, encoding="utf-8")
    word, text = found or ("NOT FOUND", "")
    print(f"{name:<52} {word:<10} {worlds:>6} worlds {seconds:>6.1f} s  {text[:100]}", flush=True)
    return seconds if found else None


def main():
    chosen = [fault for fault in PLANTED + PLANTED_AT_NIGHT if not sys.argv[1:] or any(word in fault[0] for word in sys.argv[1:])]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        work = pathlib.Path(folder)
        tree = prepare(work)
        times = [plant(tree, fault) for fault in chosen]
    found = [seconds for seconds in times if seconds is not None]
    if found:
        print(f"{len(chosen)} planted, {len(found)} found, the median within {statistics.median(found):.1f} s")
    return 0 if len(found) == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
