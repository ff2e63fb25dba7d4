"""A runner that is frozen, and another that is started meanwhile: refused, or let in where the lock is gone.

The nasty case is the second: the first, thawed, may have calls ready that were durable before it was frozen.
What of those leaves may do so only before its fence, which is what the second one waits for; after that
nothing leaves that was not written before it, and nothing can be written any more (I31).
"""

import os
import random
import shutil
import signal
import time

import agreement
import stand as stands
from stand import Stand

FREEZES = 48
# Longer than the 30 s that a durable call may be old when it leaves, as the real one is.
FENCE_MS = 35000


class Frozen:
    """A rollout whose runner is frozen at some moment; `lock` is what becomes of its lock file meanwhile."""

    def __init__(self, tally, seed, lock):
        self.tally, self.seed, self.lock = tally, seed, lock
        self.chance = random.Random(seed)

    def torture(self):
        stand = Stand(16, "--lost-reply", "10%", "--seed", str(self.seed % 100000), fence_ms=FENCE_MS,
                      waves=[{"name": "all", "size": "rest"}], pace={"rate": "30/s"})
        with stand:
            first = stand.run()
            stand.until_it_runs(first)
            time.sleep(self.chance.uniform(0, 0.8))
            first.signal(signal.SIGSTOP)
            if not first.ended():
                self.meanwhile(stand, first)
            first.signal(signal.SIGCONT)
            first.wait()
            stand.look()
            stand.finish()
            stand.judge()
        self.tally.judged("frozen", f"{self.seed}-{self.lock}", stand)

    def meanwhile(self, stand, first):
        lock = stand.desk.path("fleet.db.lock")
        if self.lock == "kept":
            self.refused(stand, first)
            return
        if self.lock == "copied":
            shutil.copyfile(lock, lock + ".copy")
            os.replace(lock + ".copy", lock)
        else:
            os.unlink(lock)
        self.overtaken(stand, first)

    def refused(self, stand, first):
        """The lock holds: the second one ends at once, and the first goes on where it was."""
        done = stand.expect("a second runner", stand.run().wait(20), {5})
        if f"process {first.pid} " not in done.err:
            stand.problems.append(f"the second runner does not name the first one: {done}")
        first.signal(signal.SIGCONT)
        stand.expect("the first runner", first.wait(), {0, 1})
        self.tally.add("frozen", refused=1)

    def overtaken(self, stand, first):
        """The second one has come in, and is at its work or done when the first one wakes up."""
        firsts = {nonce for (nonce,) in stand.desk.rows("SELECT nonce FROM attempts")}
        second = stand.run()
        end = time.monotonic() + self.chance.uniform(0.1, 4)
        while time.monotonic() < end and not second.ended():
            time.sleep(0.01)
        if second.ended() and second.wait().code == 4:
            # Frozen while it held the write lock: nobody gets in.
            self.tally.add("frozen", frozen_in_a_commit=1)
            return
        thawed_ms = stands.now_ms()
        first.signal(signal.SIGCONT)
        stand.expect("the first runner, overtaken", first.wait(), {5})
        stand.expect("the second runner", second.wait(), {0, 1})
        late = [line for line in stand.cloud.ledger() if line["action"] == agreement.UPDATE
                and line["nonce"] in firsts and line["at_ms"] > thawed_ms]
        stand.problems += [f"call {line['n']} of the first runner arrived after its fence (I31)"
                           for line in late if line["at_ms"] > agreement.signed_ms(line) + FENCE_MS]
        self.tally.add("frozen", late_calls=len(late))
        self.tally.add("frozen", overtaken=1)


def go(tally):
    """Again and again, with each thing that may become of the lock."""
    locks = ("kept", "removed", "copied")
    freezes = [Frozen(tally, tally.seed + n, locks[n % 3]) for n in range(tally.amount(FREEZES, 6))]
    tally.each(Frozen.torture, freezes)
