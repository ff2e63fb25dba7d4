"""Tortures the real binary, part by part, and says what was wrong; started by tests/torture/run."""

import argparse
import collections
import json
import os
import random
import sys
import time

BUILD = os.path.join("build", "gcc")
for _name, _path in (("GATEWAVE", "src/cli/gatewave"), ("GATEWAVE_SIM", "src/simserver/gatewave-sim"),
                     ("GATEWAVE_SHIMS", "tests/torture")):
    os.environ.setdefault(_name, os.path.abspath(os.path.join(BUILD, _path)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "e2e"))

import clock
import disk
import errors
import frozen
import kill
import memory
import network
import syscalls
from tally import Tally

PARTS = {"kill": kill.go, "syscalls": syscalls.go, "errors": errors.go, "disk": disk.go, "frozen": frozen.go,
         "clock": clock.go, "memory": memory.go, "network": network.go}
TOTAL = os.path.join(BUILD, "torture", "total.json")


def load_total():
    """Part -> what -> how many there were in this build folder so far."""
    total = collections.defaultdict(collections.Counter)
    if os.path.exists(TOTAL):
        with open(TOTAL, encoding="utf-8") as file:
            total.update({part: collections.Counter(words) for part, words in json.load(file).items()})
    return total


def save_total(total):
    os.makedirs(os.path.dirname(TOTAL), exist_ok=True)
    with open(TOTAL + ".new", "w", encoding="utf-8") as file:
        json.dump(total, file, indent=1)
    os.replace(TOTAL + ".new", TOTAL)


def torture(tally, part, total):
    """One part, once; what it came to is in the total when it is over."""
    before, started = collections.Counter(tally.counts), time.monotonic()
    PARTS[part](tally)
    seconds = round(time.monotonic() - started)
    tally.add(part, seconds=seconds, problems=len([one for one in tally.problems if one[0] == part])
              - tally.count(part, "problems"))
    for (other, name), n in tally.counts.items():
        total[other][name] += n - before[other, name]
    save_total(total)
    print(f"{part}: {seconds} s", flush=True)


def passes(tally, parts, total):
    """Every part once, or again and again with other seeds until the time is up."""
    while True:
        for part in parts:
            torture(tally, part, total)
            if tally.late():
                return
        if tally.ends_at is None:
            return
        tally.seed += 1000000


def print_table(tally, total):
    print(f"{'part':<10} {'what':<36} {'now':>8} {'so far':>9}")
    for (part, name), now in tally.counts.items():
        print(f"{part:<10} {name.replace('_', ' '):<36} {now:>8} {total[part][name]:>9}")


def main():
    parser = argparse.ArgumentParser(prog="tests/torture/run", description="Tortures gatewave.")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--hours", type=float, help="goes on so long, from seed to seed")
    amount.add_argument("--rounds", type=int, help="kills of the part kill (1000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("part", nargs="*", help="only these of: " + ", ".join(PARTS))
    options = parser.parse_args()
    for part in options.part:
        if part not in PARTS:
            parser.error(f"no part is called {part}; there are {', '.join(PARTS)}")
    print(f"seed {options.seed}", flush=True)
    ends_at = time.monotonic() + 3600 * options.hours if options.hours else None
    tally = Tally(options.seed, os.path.join(BUILD, "torture", "kept"), options.rounds, ends_at=ends_at)
    total = load_total()
    passes(tally, options.part or list(PARTS), total)
    print_table(tally, total)
    for part, name, kept, _problems in tally.problems:
        print(f"WRONG: {part} {name}, kept in {kept}")
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
