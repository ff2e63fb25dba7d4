"""The part of the torture that every run of the tests has: the same seeds each time, some of each kind."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "e2e"))

import clock
import disk
import errors
import frozen
import kill
import memory
import network
import syscalls
from tally import Tally

SEED = 4
KILLS = 100
POINTS = 60


class Fixed(unittest.TestCase):
    def torture(self, part, *counted):
        folder = os.path.join(tempfile.gettempdir(), f"gatewave-torture-kept-{os.getpid()}")
        tally = Tally(SEED, folder, rounds=KILLS, sample=POINTS)
        part.go(tally)
        self.assertEqual(tally.problems, [])
        for name, least in counted:
            self.assertGreaterEqual(tally.count(part.__name__, name), least, f"{name}: {dict(tally.counts)}")

    def test_kill(self):
        self.torture(kill, ("kills", KILLS), ("with_calls_in_flight", 5), ("with_doubts", 5), ("orders", 3))

    def test_syscalls(self):
        self.torture(syscalls, ("kills", POINTS - 12))

    def test_errors(self):
        self.torture(errors, ("errors", POINTS - 12))

    def test_disk(self):
        self.torture(disk, ("full_logs", 1))

    def test_frozen(self):
        self.torture(frozen, ("refused", 1), ("overtaken", 1))

    def test_clock(self):
        self.torture(clock, ("jumps", 4), ("windows", 2), ("ends_of_time", 1))

    def test_memory(self):
        self.torture(memory, ("strikes", 20))

    def test_network(self):
        self.torture(network, ("ways", 6), ("holes", 2), ("certificates", 5))


if __name__ == "__main__":
    unittest.main()
