"""Measures gatewave through its own program; started by tests/bench/run, which says what the parts are.

Figures are of this machine at this hour: ratios between programs of one run mean something, and so do counts of
instructions; times from two machines do not compare. Every program under measure runs on core 0 and the server on
core 1; rounds of the rivals are interleaved and medians are shown. The gates alone are the same everywhere: they take
no time, and their seeds are fixed.
"""

import os
import platform
import shutil
import sys

import calls
import flush
import gates
import instructions
import load
import pace
import plan
import scheduler
from rig import FOLDER

PARTS = {"calls": calls.measure, "instructions": instructions.measure, "flush": flush.measure,
         "pace": pace.measure, "import": load.measure, "plan": plan.measure, "gates": gates.measure, "scheduler": scheduler.measure}


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    wanted = sys.argv[1:] or list(PARTS)
    strange = [part for part in wanted if part not in PARTS]
    if strange:
        sys.exit(f"no part is called {strange[0]}; there are {', '.join(PARTS)}")
    if os.cpu_count() < 2:
        sys.exit("this machine has one core; the client and the server need one each")
    print(f"{os.cpu_count()} cores of {processor()}, Linux {platform.release()}")
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    for part in wanted:
        print()
        PARTS[part]()
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
