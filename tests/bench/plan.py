"""Drafting and freezing 1,000,000 devices: what `plan` and the first turn of `run` wait for."""

import os
import re
import shutil
import statistics
import subprocess

import rig

SIMULATOR = os.path.abspath("build/gcc/src/simserver/gatewave-sim")
PLAN_COST = os.path.abspath("build/gcc/tests/bench/plan_cost")
GATEWAYS = 909_091  # with a tenth of them pairs, a million devices
ROUNDS = 3
SAID = re.compile(r"(?P<devices>\d+) devices (?P<wall_s>[\d.]+) s (?P<megabytes>\d+) MB")


def write_fleet(path):
    """A fleet as the simulated cloud has them: pairs, models, carriers, versions, sites."""
    subprocess.run([SIMULATOR, "--generate", str(GATEWAYS), "--pairs", "10%", "--write-inventory", path, "--plain",
                    "--duration", "1ms"], check=True, stdout=subprocess.DEVNULL)


def cost(database, what):
    return SAID.search(rig.run([PLAN_COST, database, what], env=rig.environment())[1])


def measure():
    source = os.path.join(rig.FOLDER, "fleet.csv")
    database = os.path.join(rig.FOLDER, "fleet.db")
    copy = os.path.join(rig.FOLDER, "copy.db")
    write_fleet(source)
    rig.run([rig.GATEWAVE, "--db", database, "inventory", "import", source], env=rig.environment())
    drafts, freezes = [], []
    for _ in range(ROUNDS):
        drafts.append(cost(database, "draft"))
        shutil.copy(database, copy)
        freezes.append(cost(copy, "freeze"))
        for ending in ("", "-wal", "-shm", ".lock"):
            if os.path.exists(copy + ending):
                os.unlink(copy + ending)
    rows = [(f"{int(drafts[0]['devices']):,} devices", "time", "wanted", "memory at most", "wanted")]
    for name, costs, wanted in (("drafted", drafts, "5 s, 400 MB"), ("drafted and frozen", freezes, "-, -")):
        wall_s = statistics.median(float(each["wall_s"]) for each in costs)
        megabytes = max(int(each["megabytes"]) for each in costs)
        rows.append((name, f"{wall_s:.2f} s", wanted.split(", ")[0], f"{megabytes} MB", wanted.split(", ")[1]))
    rig.table(*rows)
    os.unlink(source)
    os.unlink(database)
