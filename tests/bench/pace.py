"""How exactly a configured rate is met, by the times in the server's own log."""

import os

import rig

RATES = (50, 500, 5_000)
SECONDS = 20


def worst_window(times_ms):
    """The most calls in any half-open window of a second."""
    worst = oldest = 0
    for newest, time_ms in enumerate(times_ms):
        while times_ms[oldest] + 1000 <= time_ms:
            oldest += 1
        worst = max(worst, newest - oldest + 1)
    return worst


def measure():
    print(f"configured rates over {SECONDS} seconds, as the server saw them")
    rows = [["rate", "mean over the time", "error", "most in any second"]]
    for rate in RATES:
        log = os.path.join(rig.FOLDER, f"pace-{rate}.log")
        with rig.server(f"{log} times buffer=64k") as url:
            rig.run(rig.prepare(f"pace-{rate}", url, rate * (SECONDS + 1), f"{rate}/s"), env=rig.environment())
        with open(log, encoding="utf-8") as file:
            times_ms = sorted(round(float(line) * 1000) for line in file)
        seen = sum(time_ms < times_ms[0] + SECONDS * 1000 for time_ms in times_ms)
        rows.append([f"{rate:,}/s", f"{seen / SECONDS:,.2f}/s", f"{seen / SECONDS / rate - 1:+.3%}",
                     f"{worst_window(times_ms):,}"])
    rig.table(*rows)
    print("wanted: an error of at most 0.5%, and never more in a second than the rate")
