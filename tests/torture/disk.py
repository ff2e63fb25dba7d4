"""Disks that fill up: the database's, at whatever size, again and again; and the log's.

The disks are small tmpfs, in a mount namespace. Where there are none, tests/e2e/test_store.py has the limit
on the size of files that looks much the same.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "e2e"))

import harness
from stand import Stand
from tally import Tally

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
DISKS = 24
GROWTHS = 12  # of one disk; then it gets all the room that it wants
GATEWAYS = 60
ROOM_KIB = 0, 120  # what a disk has left when the inventory is on it: less than the rollout needs
PLENTY_KIB = 20000
GROWTH_KIB = 36  # the least: who looks needs an index of the log


class OnSmallDisk(Stand):
    """A stand whose database is on a disk of its own, where its inventory leaves little room or none."""

    def __init__(self, *options, **how):
        super().__init__(*options, **how)
        self.disk = self.desk.path("disk")
        os.mkdir(self.disk)
        mount("-t", "tmpfs", "-o", f"size={PLENTY_KIB}k", "tmpfs", self.disk)
        self.desk.database = os.path.join(self.disk, "fleet.db")
        self.desk.configure(self.cloud, **harness.merged(self.config, {"database": self.desk.database}))

    def resize(self, kib):
        mount("-o", f"remount,size={kib}k", self.disk)

    def used_kib(self):
        room = os.statvfs(self.disk)
        return (room.f_blocks - room.f_bfree) * room.f_frsize // 1024


def mount(*words):
    subprocess.run(["mount", *words], check=True, stdin=subprocess.DEVNULL)


def small(tally, seed):
    """The database's disk is full, and given a little more room again and again."""
    chance = random.Random(seed)
    stand = OnSmallDisk(GATEWAYS, "--lost-reply", "5%", "--seed", str(seed % 100000), pace={"rate": "200/s"})
    with stand:
        kib = stand.used_kib() + chance.randint(*ROOM_KIB)
        stand.resize(kib)
        for _ in range(GROWTHS):
            done = stand.expect("a run on a small disk", stand.run().wait(), {0, 1, 4})
            tally.add("disk", **{"runs": 1, f"ended with {done.code}": 1})
            if done.code == 4 and "full" not in done.err:
                stand.problems.append(f"no word of a full disk: {done}")
            if done.code != 4:
                break
            kib = int(kib * chance.uniform(1, 1.8)) + GROWTH_KIB
            stand.resize(kib)
            stand.look()
        stand.resize(PLENTY_KIB)
        stand.finish()
        stand.judge()
    tally.judged("disk", f"{seed}-small", stand)


def full_log(tally, seed):
    """The log's disk is full from the beginning: the rollout does not care (/dev/full takes nothing)."""
    stand = Stand(24, "--lost-reply", "5%", "--seed", str(seed % 100000))
    with stand:
        running = stand.run("--log=debug", err=open("/dev/full", "r+b"))
        stand.expect("a run with a full log", running.wait(), {0, 1})
        stand.judge()
        tally.add("disk", full_logs=1)
    tally.judged("disk", f"{seed}-log", stand)


def inside(seed, amount, folder, told):
    """In the namespace: fills the disks, and writes down what came of it."""
    tally = Tally(seed, folder)
    tally.each(lambda n: small(tally, seed + n), range(amount))
    with open(told, "w", encoding="utf-8") as file:
        json.dump([list(tally.counts.items()), tally.problems], file)


def go(tally):
    """Mounts are of a process: what fills its disks is one of its own."""
    full_log(tally, tally.seed)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as told:
        amount = str(tally.amount(DISKS))
        done = subprocess.run([*NAMESPACE, sys.executable, os.path.abspath(__file__), str(tally.seed), amount,
                               os.path.abspath(tally.folder), told.name], check=False)
        text = told.read()
    if not text and subprocess.run([*NAMESPACE, "true"], check=False).returncode != 0:
        print("disk: SKIPPED: no mount namespaces here, so no disk of our own to fill", flush=True)
        tally.add("disk", skipped=1)
        return
    if done.returncode != 0:
        raise RuntimeError(f"filling disks ended with {done.returncode}")
    counts, problems = json.loads(text)
    tally.add("disk", **{name: n for (_part, name), n in counts})
    tally.problems += problems


if __name__ == "__main__":
    inside(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
