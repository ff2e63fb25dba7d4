"""The wall clock is set in the middle of a run, by minutes, by a day, and by less than anybody notices.

A clock that is wrong by minutes ends the run with the word for it, after no more wrong calls than were on
their way; when it is right again the rollout goes on. One that is wrong by less than a minute is lived with,
and no call leaves its window because of it.
"""

import contextlib
import os
import random
import struct
import tempfile
import time

import agreement
import course
from stand import Stand

JUMPS_MS = [20 * 60000, -20 * 60000, 24 * 3600000, -24 * 3600000]
JUMPS = 48
SMALL_MS = [50000, -50000]
NOTICED_MS = 60000  # what the program takes for a clock that is right
SLACK_MS = 2000     # signed times are cut to whole seconds
IN_FLIGHT = 8


class Clock:
    """The wall clock of one program, off by as much as is said."""

    def __init__(self, path, off_ms=0):
        self.path = path
        with open(path, "wb") as file:
            file.write(struct.pack("=q", off_ms))

    def set(self, off_ms):
        with open(self.path, "r+b", buffering=0) as file:
            file.write(struct.pack("=q", off_ms))

    def env(self):
        shim = os.path.join(os.environ["GATEWAVE_SHIMS"], "libtorture_clock.so")
        return {"LD_PRELOAD": shim, "TORTURE_CLOCK": self.path}


def wrong_calls(ledger):
    """Calls that were signed with a clock that is not to be trusted."""
    return [line for line in ledger if line["action"] == agreement.UPDATE
            and abs(agreement.signed_ms(line) - line["at_ms"]) > NOTICED_MS + SLACK_MS]


def jump(tally, seed, off_ms):
    """A clock that is wrong from some moment on, and right again for the next run."""
    chance = random.Random(seed)
    stand = Stand(24, "--lost-reply", "5%", "--seed", str(seed % 100000),
                  cloud={"plain": chance.random() < 0.7}, pace={"rate": "30/s", "in_flight": str(IN_FLIGHT)},
                  waves=[{"name": "all", "size": "rest"}])
    with stand:
        clock = Clock(stand.desk.path("clock"))
        running = stand.run(env=clock.env())
        stand.until_it_runs(running)
        time.sleep(chance.uniform(0, 1))
        clock.set(off_ms)
        # 7 is the clock's own word. Where a new connection finds a certificate of the future, that is told.
        done = stand.expect(f"a run whose clock jumps by {off_ms} ms", running.wait(),
                            {0, 1, 7, 8} if off_ms < 0 and not stand.cloud.plain else {0, 1, 7})
        if done.code == 7 and "clock" not in done.err:
            stand.problems.append(f"no word of the clock: {done}")
        wrong = wrong_calls(stand.cloud.ledger())
        stand.problems += [f"call {line['n']} with a wrong time took effect" for line in wrong
                           if line["effect"]]
        if len(wrong) > IN_FLIGHT:
            stand.problems.append(f"{len(wrong)} calls with a wrong time")
        tally.add("clock", **{"jumps": 1, "wrong_calls": len(wrong), f"ended with {done.code}": 1})
        stand.look()
        stand.finish()
        stand.judge(clock_was_set=True)
    tally.judged("clock", f"{seed}-{off_ms}", stand)


def until(hour):
    """Milliseconds from now to the next full `hour` of the day, in UTC."""
    return int((hour * 3600 - time.time() % 86400) % 86400 * 1000)


@contextlib.contextmanager
def world(tally, name, base_ms, **plan):
    """A rollout in a world, cloud and all, whose clock is off by so much; with the program's own."""
    with tempfile.TemporaryDirectory(prefix="gatewave-clock-") as folder:
        cloud = Clock(os.path.join(folder, "cloud"), base_ms)
        stand = Stand(24, cloud={"env": cloud.env()}, waves=[{"name": "all", "size": "rest"}], **plan)
        with stand:
            yield stand, Clock(stand.desk.path("clock"), base_ms)
        tally.judged("clock", name, stand)


def window(tally, seed, off_ms):
    """
    The world's clock says a few seconds to one o'clock, when the window closes, or opens; the program's is set
    by less than it takes for wrong, so that it would think otherwise.
    """
    opens = off_ms > 0
    base_ms = until(1) - 9000
    between = "01:00-03:00" if opens else "23:00-01:00"
    with world(tally, f"{seed}-window-{off_ms}", base_ms, pace={"rate": "3/s"},
               window={"between": between, "zone": "UTC", "cutoff": "0s"}) as (stand, program):
        running = stand.run(env=program.env())
        stand.until_it_runs(running)
        time.sleep(0.5)
        program.set(base_ms + off_ms)
        done = stand.expect(f"a run whose clock is set by {off_ms} ms", running.wait(), {0} if opens else {9})
        ledger = stand.cloud.ledger()
        if not any(line["action"] == agreement.UPDATE for line in ledger):
            stand.problems.append(f"nothing was called at all: {done}")
        zones = {line["gateway_id"]: "UTC" for line in ledger}
        stand.problems += course.check_window(ledger, zones, between, 0)
        tally.add("clock", windows=1)


def end_of_time(tally, seed, _off_ms):
    """32 bits of seconds end in the middle of a rollout."""
    base_ms = (1 << 31) * 1000 - int(time.time() * 1000) - 8000
    with world(tally, f"{seed}-2038", base_ms, pace={"rate": "3/s"}) as (stand, program):
        stand.expect("a run into 2038", stand.run(env=program.env()).wait(), {0})
        ledger, end = stand.cloud.ledger(), "2038-01-19T03:14:08Z"
        times = [line["timestamp"] for line in ledger if line["action"] == agreement.UPDATE]
        if not min(times) < end <= max(times):
            stand.problems.append(f"calls were to be on both sides of {end}, and are {min(times)} to {max(times)}")
        truth = stand.cloud.truth()
        stand.problems += agreement.check_law(ledger, truth, fence_ms=stand.fence_ms)
        stand.problems += [f"{row} is not at the version" for row in truth if row["version"] != "2.4.0"]
        tally.add("clock", ends_of_time=1)


def go(tally):
    items = [(jump, tally.seed + n, JUMPS_MS[n % len(JUMPS_MS)]) for n in range(tally.amount(JUMPS))]
    items += [(window, tally.seed + n, off_ms) for n, off_ms in enumerate(SMALL_MS)]
    items += [(end_of_time, tally.seed, None)]
    tally.each(lambda item: item[0](tally, *item[1:]), items)
