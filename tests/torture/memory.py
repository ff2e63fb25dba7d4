"""The heap says no: at one allocation, or at each from there on, in our code and in every library.

To the program that is a crash at any instant, or an error of a library that it takes for what it is; never a
misunderstanding: no wrong word, nothing lost, nothing called twice.
"""

import os
import random
import re

from stand import Stand
from syscalls import FAULTS

STRIKES = 200
# It aborts, or a library said that it failed: a broken reply is a doubt, a broken handshake stops the run.
CODES = {0, 1, 3, 4, 7, 8, -6, -11}
FAULT = re.compile(r"^fault in \S*/lib[a-z]+\.so", re.MULTILINE)  # some libraries take NULL for memory


def shim(**words):
    path = os.path.join(os.environ["GATEWAVE_SHIMS"], "libtorture_malloc.so")
    return {"LD_PRELOAD": path, **{f"TORTURE_MALLOC_{name}": str(value) for name, value in words.items()}}


def allocations(stand):
    """How many a run makes."""
    path = stand.desk.path("allocations")
    stand.expect("a run whose allocations are counted", stand.run(env=shim(COUNT=path)).wait(), {0, 1})
    with open(path, encoding="ascii") as file:
        return int(file.read())


def strike(tally, at, stays):
    stand = Stand(4, faults=FAULTS)
    with stand:
        words = {"AT": at, "STAYS": 1} if stays else {"AT": at}
        done = stand.expect(f"a run without allocation {at}", stand.run(env=shim(**words)).wait(), CODES)
        if done.code == -11 and not FAULT.search(done.err):
            stand.problems.append(f"without allocation {at} it faults in code of its own: {done}")
        tally.add("memory", **{"strikes": 1, f"ended with {done.code}": 1})
        stand.look()
        stand.finish()
        stand.judge()
    tally.judged("memory", f"{at}{'-stays' if stays else ''}", stand)


def go(tally):
    """At random ones: a third while it starts, a third anywhere, a third from there on."""
    with Stand(4, faults=FAULTS) as stand:
        all_ = allocations(stand)
    tally.judged("memory", "listing", stand)
    chance = random.Random(tally.seed)
    items = []
    for n in range(tally.amount(STRIKES)):
        most = (all_ // 50, all_, all_)[n % 3]
        items.append((chance.randint(1, most), n % 3 == 2))
    tally.add("memory", of_allocations=all_)
    tally.each(lambda item: strike(tally, *item), items)
