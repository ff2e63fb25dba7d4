"""User instructions a call, counted by callgrind: a figure that a busy machine does not change."""

import os
import re

import rig

SMALL, LARGE = 4_000, 16_000
STORE_COMMIT = os.path.abspath("build/gcc/tests/bench/store_commit")


def count(name, argv):
    out = os.path.join(rig.FOLDER, f"callgrind-{name}")
    rig.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *argv], env=rig.environment())
    with open(out, encoding="utf-8", errors="replace") as file:
        return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE).group(1))


def of_a_call(url):
    counts = [count(f"run-{targets}", rig.prepare(f"instructions-{targets}", url, targets))
              for targets in (SMALL, LARGE)]
    return (counts[1] - counts[0]) / (LARGE - SMALL)


def of_the_store():
    """What the store alone takes for a target: import, freeze, an intent and an answer, in batches of 256."""
    counts = []
    for targets in (SMALL, LARGE):
        folder = os.path.join(rig.FOLDER, f"store-{targets}")
        os.makedirs(folder)
        counts.append(count(f"store-{targets}", [STORE_COMMIT, folder, str(targets)]))
    return (counts[1] - counts[0]) / (LARGE - SMALL)


def measure():
    with rig.server() as url:
        call = of_a_call(url)
    print(f"user instructions a call, all threads: {call:,.0f} (wanted: at most 120,000)")
    print(f"the store alone, its import included: {of_the_store():,.0f} a target")
