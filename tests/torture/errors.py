"""Errors of the kernel at every place where it can give one: the right word, nothing lost, and on.

A run either copes with an error or ends with the exit code of its kind and one line that says why. Then the
rollout is run to its end and judged. Errors that stay (a disk that is full from there on) are struck in both
threads at once.
"""

import collections
import functools

import points
from stand import Stand
from syscalls import FAULTS

COPED = {0, 1}
STORE = COPED | {4}
NETWORK = COPED
FILES = COPED | {3, 4}
# Out of memory or of threads is a crash at any instant, which is survived.
CRASH = COPED | {3, 4, 8, -6}

Error = collections.namedtuple("Error", "call error codes stays", defaults=(False,))

ERRORS = [
    Error("pwrite64", "EIO", STORE), Error("pwrite64", "ENOSPC", STORE),
    Error("pwrite64", "ENOSPC", STORE, True),
    Error("fdatasync", "EIO", STORE), Error("fdatasync", "EIO", STORE, True),
    Error("fsync", "EIO", STORE), Error("ftruncate", "EIO", STORE), Error("unlink", "EIO", STORE),
    Error("pread64", "EIO", STORE), Error("fcntl", "ENOLCK", STORE),
    Error("openat", "EMFILE", FILES), Error("openat", "ENFILE", FILES),
    Error("socket", "EMFILE", NETWORK),
    Error("connect", "ECONNREFUSED", NETWORK), Error("connect", "ENETUNREACH", NETWORK),
    Error("connect", "ETIMEDOUT", NETWORK),
    Error("sendto", "ECONNRESET", NETWORK), Error("recvfrom", "ECONNRESET", NETWORK),
    Error("recvfrom", "ETIMEDOUT", NETWORK),
    Error("mmap", "ENOMEM", CRASH), Error("clone3", "EAGAIN", CRASH),
    Error("epoll_create1", "EMFILE", CRASH), Error("eventfd2", "EMFILE", CRASH),
    Error("pipe2", "EMFILE", CRASH),
    Error("socketpair", "EMFILE", FILES),
]


def check_word(done):
    """An end that is none of a rollout's has one line that says why."""
    if done.code in COPED or done.code < 0:
        return
    said = [line for line in done.err.splitlines() if line.startswith("gatewave: ")]
    if len(said) != 1 or len(said[0]) < 20:
        yield f"it ended with {done.code} and said: {done.err}"


def strike(tally, series, point):
    """A rollout that meets the error at the point and goes on."""
    error = series.of
    stand = Stand(4, faults=FAULTS)
    with stand:
        log = stand.desk.path("strace")
        done = stand.run(under=points.under(point, "error=" + error.error, log)).wait()
        if points.was_struck(log):
            stand.expect("a run that met an error", done, error.codes)
            stand.problems += check_word(done)
            tally.add("errors", **{"errors": 1, f"{error.call} {error.error} ended with {done.code}": 1})
        else:
            stand.expect("a run that met no error", done, COPED)
            series.missed(point)
        stand.look()
        stand.finish()
        # A read whose connection died is sent again as it was; a call never is.
        stand.judge(reads_once=error.call not in ("sendto", "recvfrom"))
    tally.judged("errors", "-".join(map(str, [*point, error.error])), stand)


def series_of(counts):
    """The series of every error, each with its error."""
    for error in ERRORS:
        for series in points.series_of(points.for_good(counts) if error.stays else counts, {error.call}):
            series.of = error
            yield series


def go(tally):
    """All of them, or a sample."""
    with Stand(4, faults=FAULTS) as stand:
        counts = points.found(stand)
    tally.judged("errors", "listing", stand)
    points.strike_all(tally, list(series_of(counts)), functools.partial(strike, tally))
