"""What a torture amounts to: counts of what was done, and all that was wrong, from any number of threads."""

import collections
import concurrent.futures
import os
import threading
import time

import stand as stands

# The rollouts mostly wait: for fences, soaks and devices that come back.
AT_ONCE = 8 * (os.cpu_count() or 1)


class Tally:
    """rounds: kills of the part kill, of which the others do their share; sample: points, instead of all."""

    def __init__(self, seed, folder, rounds=None, sample=None, ends_at=None):
        self.seed, self.folder, self.rounds, self.sample, self.ends_at = seed, folder, rounds, sample, ends_at
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.seconds = collections.Counter()
        self.problems = []

    def add(self, part, **counts):
        with self.lock:
            for name, n in counts.items():
                self.counts[part, name] += n

    def count(self, part, name):
        with self.lock:
            return self.counts[part, name]

    def amount(self, usual, least=3):
        """How many of something a part does: the usual number, or a share of it where little is asked for."""
        return usual if self.rounds is None else max(least, min(usual, usual * self.rounds // 1000))

    def late(self):
        """Whether the time is up; a part then comes to its end."""
        return self.ends_at is not None and time.monotonic() > self.ends_at

    def judged(self, part, name, stand):
        """Takes the problems of a stand that has ended."""
        if stand.problems:
            kept = stands.keep(stand, self.folder, f"{part}-{name}")
            with self.lock:
                self.problems.append((part, name, kept, stand.problems))
            print(f"{part}: {name}: {len(stand.problems)} problems, kept in {kept}", flush=True)
            for problem in stand.problems[:5]:
                print("    " + problem.replace("\n", "\n        ")[:2000], flush=True)

    def each(self, work, items, at_once=AT_ONCE):
        """Does the work for each item, so many at once, until the time is up. What it raises, this raises."""
        def one(item):
            if not self.late():
                work(item)
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(one, item) for item in items]:
                done.result()
