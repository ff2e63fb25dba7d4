"""Importing 1,000,000 devices from CSV into a new database."""

import os
import statistics

import rig

DEVICES = 1_000_000
ROUNDS = 3


def measure():
    source = os.path.join(rig.FOLDER, "million.csv")
    rig.write_inventory(source, DEVICES)
    costs = []
    for number in range(ROUNDS):
        database = os.path.join(rig.FOLDER, f"million-{number}.db")
        costs.append(rig.run([rig.GATEWAVE, "--db", database, "inventory", "import", source],
                             env=rig.environment())[0])
        size = os.path.getsize(database)
        os.unlink(database)
    wall_s = statistics.median(cost.wall_s for cost in costs)
    print(f"import of {DEVICES:,} devices from CSV: {wall_s:.2f} s (wanted: under 5), "
          f"{size / DEVICES:.0f} bytes a device in the database")
    os.unlink(source)
