"""The places where a run calls the kernel, found by strace and struck by strace: (thread, call, number).

The first thread is the loop, the second the writer. strace counts a call in each thread by itself, so that
the loop's are struck by tracing it alone, and the writer's with ahead_shim.c, which lets it count from behind
the loop's. A point of `both` is that number, and all behind it, in each.
"""

import collections
import os
import random
import re
import threading

from tally import AT_ONCE

AHEAD = 1500  # more than the loop makes of any call in a run as small as these
CALL = re.compile(r"^(\d+) +([a-z0-9_]+)\(")
STRUCK = re.compile(r"\(INJECTED")
# The program's first call of its own; what is before it is the dynamic loader's.
BEGINNING = "prctl(PR_SET_DUMPABLE"

Point = collections.namedtuple("Point", "thread call number")


def listing(log):
    """Thread -> call -> (how many are the loader's, how many there are), of a run that is all in the log."""
    counts, threads, begun = {}, [], False
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = CALL.match(line)
            if not found:
                continue
            begun = begun or BEGINNING in line
            if found.group(1) not in threads:
                threads.append(found.group(1))
            thread = ("loop", "writer")[threads.index(found.group(1))]
            loaders, all_ = counts.setdefault(thread, {}).get(found.group(2), (0, 0))
            counts[thread][found.group(2)] = (loaders + (not begun), all_ + 1)
    most = max(all_ for _loaders, all_ in counts["loop"].values())
    if most >= AHEAD:
        raise AssertionError(f"{most} calls of one kind in the loop are more than the writer is ahead by")
    return counts


def found(stand, argv=("run", "rollout.yaml")):
    """The listing of a command."""
    log = stand.desk.path("calls")
    done = stand.start(*argv, under=["strace", "-f", "-qq", "-o", log]).wait()
    stand.expect("a command that is watched", done, {0, 1})
    return listing(log)


def under(point, what, log):
    """The words that run a program so that `what`, in strace's words, happens to it at the point."""
    number = point.number
    words = ["strace", "-qq", "-o", log, "-e", f"trace={point.call}"]
    if point.thread == "writer":
        number += AHEAD
        shim = os.path.join(os.environ["GATEWAVE_SHIMS"], "libtorture_ahead.so")
        words += ["-f", "-E", f"LD_PRELOAD={shim}", "-E", f"TORTURE_AHEAD={point.call}",
                  "-E", f"TORTURE_AHEAD_BY={AHEAD}"]
    elif point.thread == "both":
        words += ["-f"]
        number = f"{number}+"
    return [*words, "-e", f"inject={point.call}:{what}:when={number}"]


def for_good(counts):
    """The listing of points from which on something happens again and again, in both threads."""
    both = {}
    for by_call in counts.values():
        for call, (loaders, all_) in by_call.items():
            both[call] = (max(loaders, both.get(call, (0, 0))[0]), max(all_, both.get(call, (0, 0))[1]))
    return {"both": both}


def was_struck(log):
    with open(log, encoding="utf-8", errors="replace") as lines:
        return any(STRUCK.search(line) for line in lines)


class Series:
    """The points of one call in one thread, from the program's first to the last that a run comes to."""

    def __init__(self, thread, call, loaders, known):
        self.thread, self.call, self.known = thread, call, known
        self.of = None  # whose points these are
        self.next, self.ends = loaders + 1, None
        self.lock = threading.Lock()

    def all_known(self):
        return [Point(self.thread, self.call, number) for number in range(self.next, self.known + 1)]

    def take(self):
        """The next point, or None when a run did not come to an earlier one."""
        with self.lock:
            if self.ends is not None:
                return None
            self.next += 1
            return Point(self.thread, self.call, self.next - 1)

    def missed(self, point):
        """A run has ended before it came to that point: no later ones are. Runs differ, but not by half."""
        with self.lock:
            self.ends = min(self.ends or point.number, point.number)
        if 2 * point.number <= self.known:
            raise AssertionError(f"{point} was not come to, and a run that was watched had {self.known}")


def series_of(counts, calls):
    """Those of some calls that the program makes by itself."""
    return [Series(thread, call, loaders, all_) for thread, by_call in counts.items()
            for call, (loaders, all_) in sorted(by_call.items()) if call in calls and all_ > loaders]


def strike_all(tally, all_series, strike):
    """
    strike(series, point) for every point of all series, several at once, until runs come to no more of them;
    or for a sample of those that are known.
    """
    if tally.sample:
        known = [(series, point) for series in all_series for point in series.all_known()]
        chosen = random.Random(tally.seed).sample(known, min(tally.sample, len(known)))
        tally.each(lambda item: strike(*item), chosen)
        return

    def work(series):
        point = series.take()
        while point is not None and not tally.late():
            strike(series, point)
            point = series.take()
    tally.each(work, [series for series in all_series for _ in range(AT_ONCE)])
