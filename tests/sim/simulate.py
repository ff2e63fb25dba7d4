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
NIGHTS_EVERY = 4  # one batch in so many is of nights


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
        return {key: added(total.get(key, {} if isinstance(value, dict) else 0), value) for key, value in more.items()}
    return total + more


def read_total():
    try:
        with open(TOTAL, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"next_seed": 1000000, "played": {}}


def write_total(total):
    with open(TOTAL + ".new", "w", encoding="utf-8") as file:
        json.dump(total, file, indent=1)
    os.replace(TOTAL + ".new", TOTAL)


def tell(title, played):
    print(f"{title}: {played['worlds']:,} worlds of {played['devices'] / max(played['worlds'], 1):.0f} devices, "
          f"{played.get('nights', 0):,} nights, "
          f"{played['crashes']:,} crashes, {played['runs']:,} runs, {played['calls']:,} upgrade calls, "
          f"{played['virtual_s'] / 86400:,.1f} days of virtual time, {played['events']:,} events")


def tell_faults(played):
    faults = played["faults"]
    width = max(map(len, faults))
    for name, count in faults.items():
        print(f"  {name:<{width}} {count:>12,}" + ("   never" if count == 0 else ""))


def go(seeds, end, nights):
    """Plays batches until the seeds or the time are over; returns totals, the seed behind the last, failures.

    nights: worlds of nights alone (True), of one rollout alone (False), or some of each (None).
    """
    total, failures = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:

        def batch(first, count, kind):
            return first, count, kind, play(["--seed", str(first), "--count", str(count), *kind])

        running, batches = set(), 0
        while True:
            while len(running) < os.cpu_count() and not failures and seeds and time.monotonic() < end:
                at_night = nights or (nights is None and batches % NIGHTS_EVERY == 0)
                count = min(NIGHTS if at_night else BATCH, len(seeds))
                running.add(pool.submit(batch, seeds[0], count, ["--nights"] if at_night else []))
                seeds = seeds[count:]
                batches += 1
            if not running:
                return total, seeds[0] if seeds else None, failures
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                first, count, kind, (code, said, played) = future.result()
                if played:
                    total = added(total, played)
                if code != 0:
                    failures.append(f"seeds {first} to {first + count - 1}{' of nights' if kind else ''}: "
                                    f"exit code {code}\n{said}")


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
            tell("played", played)
        return code

    kept = read_total()
    first = kept["next_seed"] if options.seed is None else options.seed
    seeds = range(first, first + options.count) if options.count else range(first, first + 10**9)
    end = time.monotonic() + (1e9 if options.count else (options.minutes or 10) * 60)
    total, following, failures = go(seeds, end, options.nights or (False if options.count else None))
    for failure in failures:
        print(failure)
    if total:
        tell("this time", total)
        tell_faults(total)
    if options.seed is None and total:
        kept["played"] = added(kept["played"], total)
        kept["next_seed"] = following or first + options.count
        write_total(kept)
        tell("so far", kept["played"])
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
