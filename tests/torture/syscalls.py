"""kill -9 at every system call that writes, flushes, locks, connects, sends or receives, in either thread.

The call that is struck does not happen. Each kill has a rollout of its own, of six devices with a fault of
each kind that leaves a doubt; what is left is looked at, then the rollout is run to its end and judged. What
is killed is a run from its beginning, one that goes on after a kill, an abort that nobody answers, and an
import.
"""

import collections
import functools

import course
import points
import stand as stands
from stand import Stand

STORES = {"pwrite64", "write", "ftruncate", "unlink", "fdatasync", "fsync", "fcntl", "openat", "close",
          "exit_group"}
CALLS = STORES | {"socket", "connect", "sendto", "recvfrom", "clone3"}
FAULTS = ("sag-000001 lost_reply@1\nsag-000002 lost_request@1\nsag-000003 internal_after@1\n"
          "sag-000004 refuse:GetSmartAccessGatewayStateError@1\n")
# In the middle of a run: some devices are called, some wait.
HALF = points.Point("writer", "pwrite64", 100)
MORE = "gateway_id,region,serial\n" + "".join(f"sag-9{n:05},cn-shanghai,sage9{n:05}\n" for n in range(50))

# What is struck, after what, and at which calls.
Scene = collections.namedtuple("Scene", "argv prepare calls")


def nothing(_stand):
    """The first run of a rollout."""


def half(stand):
    """A run was killed in the middle."""
    log = stand.desk.path("half")
    done = stand.run(under=points.under(HALF, "signal=KILL", log)).wait()
    stand.expect("a run that is killed half-way", done, {-9})
    stand.look()


def more(stand):
    """The inventory is there, and more of it is to come."""
    stand.desk.write("more.csv", MORE)


SCENES = {
    "run": Scene(("run", "rollout.yaml"), nothing, CALLS),
    "again": Scene(("run", "rollout.yaml"), half, CALLS - {"close", "recvfrom"}),
    "abort": Scene(("abort", "r1"), half, STORES),
    "import": Scene(("inventory", "import", "more.csv"), more, STORES),
}


def begin():
    return Stand(4, faults=FAULTS, select="gateway_id ~ 'sag-0*'")


def found(tally, name):
    """The series of a scene that nobody strikes."""
    scene = SCENES[name]
    stand = begin()
    with stand:
        scene.prepare(stand)
        all_series = points.series_of(points.found(stand, scene.argv), scene.calls)
    tally.judged("syscalls", f"{name}-listing", stand)
    for series in all_series:
        series.of = name
        tally.add("syscalls", **{f"{name}: points": len(series.all_known())})
    return all_series


def check_import(stand):
    """All or nothing, and all when it is done again."""
    before = len(stand.desk.ask("inventory", "list"))
    stand.expect("the import, again", stand.desk.gatewave("inventory", "import", "more.csv"), {0})
    after = len(stand.desk.ask("inventory", "list"))
    if before not in (after, after - MORE.count("sag-")):
        stand.problems.append(f"half an import: {before} devices, and {after} when it was done again")


def strike(tally, series, point):
    """A program that is killed at the point, and what comes after it."""
    scene = SCENES[series.of]
    stand = begin()
    with stand:
        scene.prepare(stand)
        said_ms = stands.now_ms()
        under = points.under(point, "signal=KILL", stand.desk.path("strace"))
        done = stand.start(*scene.argv, under=under).wait()
        stand.look()
        if done.code == -9:
            states = stand.states()
            tally.add("syscalls", kills=1, with_calls_in_flight=int("in_flight" in states),
                      with_doubts=int("in_doubt" in states))
        else:
            stand.expect(f"a {series.of} that was not struck", done, {0, 1})
            series.missed(point)
        if series.of == "abort":
            stand.words.append(course.Word("abort", said_ms, stands.now_ms() if done.code == 0 else None))
        if series.of == "import":
            check_import(stand)
        stand.finish()
        stand.judge()
    tally.judged("syscalls", "-".join(map(str, (series.of, *point))), stand)


def go(tally):
    """All of them, or a sample."""
    all_series = [series for name in SCENES for series in found(tally, name)]
    points.strike_all(tally, all_series, functools.partial(strike, tally))
