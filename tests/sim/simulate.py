"""Plays simulated rollouts on all cores; started by tests/sim/run, which says how."""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time

SIMULATOR = os.path.abspath("build/gcc/tests/sim/simulator")
TOTAL = os.path.abspath("build/gcc/simulated.json")
BATCH = 50  # worlds a process plays
NIGHTS = 10  # ... where they are of many nights, which cost a few times as much
NIGHTS_SHARE = 1 / 20  # of the time goes to nights, when nothing is said


def play(options):
    """One process; returns (its exit code, what it said before, its totals)."""
    done = subprocess.run([SIMULATOR, *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    said, _, last = done.stdout.rstrip("\n").rpartition("\n")
    try:
        return done.returncode, said, json.loads(last)
    except json.JSONDecodeError:
        return done.returncode or 1, done.stdout, None


def added(total, more):
    """The sum of two totals, key by key."""
    if isinstance(more, dict):
        return {**total, **{key: added(total.get(key, {} if isinstance(value, dict) else 0), value)
                            for key, value in more.items()}}
    return total + more


def read_total():
    try:
        with open(TOTAL, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"next_seed": 1000000, "rollouts": {}, "nights": {}}


def write_total(total):
    with open(TOTAL + ".new", "w", encoding="utf-8") as file:
        json.dump(total, file, indent=1)
    os.replace(TOTAL + ".new", TOTAL)


def tell_kind(title, played):
    print(f"  {title}, {played['crashed']:,} with crashes; {played['devices'] / played['worlds']:.0f} devices each, "
          f"{played['crashes']:,} crashes, {played['runs']:,} runs, {played['calls']:,} upgrade calls, "
          f"{played['virtual_s'] / 86400:,.1f} days of virtual time, {played['events']:,} events")


def tell(title, total):
    print(f"{title}:")
    if total["rollouts"]:
        tell_kind(f"{total['rollouts']['worlds']:,} rollouts", total["rollouts"])
    if total["nights"]:
        tell_kind(f"{total['nights']['nights']:,} nights in {total['nights']['worlds']:,} fleets", total["nights"])


def tell_faults(total):
    counts = {}
    for played in filter(None, total.values()):
        counts = added(counts, played["faults"])
    width = max(map(len, counts))
    for name, count in counts.items():
        print(f"  {name:<{width}} {count:>12,}" + ("   never" if count == 0 else ""))


class Turns:
    """Whose turn it is: nights alone, rollouts alone, or each for its share of the time."""

    def __init__(self, nights):
        self.nights, self.spent_s = nights, {"rollouts": 0, "nights": 0}

    def next(self):
        if self.nights is not None:
            return "nights" if self.nights else "rollouts"
        return "nights" if self.spent_s["nights"] < NIGHTS_SHARE * sum(self.spent_s.values()) else "rollouts"


def go(seeds, end, nights):
    """Plays batches until the seeds or the time are over; returns totals, the seed behind the last, failures.

    nights: worlds of nights alone (True), of one rollout alone (False), or some of each (None).
    """
    total, failures, turns = {"rollouts": {}, "nights": {}}, [], Turns(nights)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:

        def batch(first, count, kind):
            started = time.monotonic()
            told = play(["--seed", str(first), "--count", str(count), *(["--nights"] if kind == "nights" else [])])
            return first, count, kind, time.monotonic() - started, told

        running = set()
        while True:
            while len(running) < os.cpu_count() and not failures and seeds and time.monotonic() < end:
                kind = turns.next()
                count = min(NIGHTS if kind == "nights" else BATCH, len(seeds))
                running.add(pool.submit(batch, seeds[0], count, kind))
                seeds = seeds[count:]
            if not running:
                return total, seeds[0] if seeds else None, failures
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                first, count, kind, seconds, (code, said, played) = future.result()
                turns.spent_s[kind] += seconds
                if played:
                    total[kind] = added(total[kind], played)
                if code != 0:
                    failures.append(f"seeds {first} to {first + count - 1} of {kind}: exit code {code}\n{said}")


def main():
    parser = argparse.ArgumentParser(prog="tests/sim/run", description="Plays simulated rollouts.")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int)
    parser.add_argument("--nights", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()

    if options.seed is not None and options.count is None:
        code, said, played = play(["--seed", str(options.seed), *(["--verbose"] if options.verbose else ["--twice"]),
                                   *(["--nights"] if options.nights else [])])
        print(said)
        if played:
            kind, other = ("nights", "rollouts") if options.nights else ("rollouts", "nights")
            tell("played", {kind: played, other: {}})
        return code

    kept = read_total()
    first = kept["next_seed"] if options.seed is None else options.seed
    seeds = range(first, first + options.count) if options.count else range(first, first + 10**9)
    end = time.monotonic() + (1e9 if options.count else (options.minutes or 10) * 60)
    total, following, failures = go(seeds, end, options.nights or (False if options.count else None))
    for failure in failures:
        print(failure)
    any_played = total["rollouts"] or total["nights"]
    if any_played:
        tell("this time", total)
        tell_faults(total)
    if options.seed is None and any_played:
        kept = {kind: added(kept.get(kind, {}), total[kind]) for kind in total}
        write_total({"next_seed": following or first + options.count, **kept})
        tell("so far", kept)
    return 1 if failures or not any_played else 0


if __name__ == "__main__":
    sys.exit(main())
