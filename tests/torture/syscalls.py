"""kill -9 at every system call that writes, flushes, locks, connects, sends or receives, in either thread.

The call that is struck does not happen. Each kill has a rollout of its own, of five devices with a fault of each kind
that leaves a doubt; what is left is looked at, then the rollout is run to its end and judged.
"""

import functools

import points
from stand import Stand

CALLS = {"pwrite64", "write", "ftruncate", "unlink", "fdatasync", "fsync", "fcntl", "openat", "socket", "connect",
         "sendto", "recvfrom", "clone3", "close", "exit_group"}
FAULTS = ("sag-000001 lost_reply@1\nsag-000002 lost_request@1\nsag-000003 internal_after@1\n"
          "sag-000004 refuse:GetSmartAccessGatewayStateError@1\n")


def strike(tally, series, point):
    """A rollout that is killed at the point and goes on."""
    stand = Stand(4, faults=FAULTS)
    with stand:
        log = stand.desk.path("strace")
        done = stand.run(under=points.under(point, "signal=KILL", log)).wait()
        if done.code == -9:
            stand.look()
            states = stand.states()
            tally.add("syscalls", kills=1, with_calls_in_flight=int("in_flight" in states),
                      with_doubts=int("in_doubt" in states))
        else:
            stand.expect("a run that was not struck", done, {0, 1})
            series.missed(point)
        stand.finish()
        stand.judge()
    tally.judged("syscalls", "-".join(map(str, point)), stand)


def go(tally):
    """All of them, or a sample."""
    with Stand(4, faults=FAULTS) as stand:
        all_series = points.series_of(points.found(stand), CALLS)
    tally.judged("syscalls", "listing", stand)
    for series in all_series:
        tally.add("syscalls", **{f"{series.thread} {series.call}": len(series.all_known())})
    points.strike_all(tally, all_series, functools.partial(strike, tally))
