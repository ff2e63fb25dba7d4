"""User instructions a call, counted by callgrind: a figure that a busy machine does not change."""

import os
import re

import rig

SMALL, LARGE = 2_000, 6_000


def count(url, devices):
    out = os.path.join(rig.FOLDER, f"callgrind-{devices}")
    command = rig.prepare(f"instructions-{devices}", url, devices)
    rig.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command], env=rig.environment())
    with open(out, encoding="utf-8", errors="replace") as file:
        return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE).group(1))


def measure():
    with rig.server() as url:
        small, large = count(url, SMALL), count(url, LARGE)
    print(f"user instructions a call, all threads: {(large - small) / (LARGE - SMALL):,.0f} (wanted: at most 120,000)")
