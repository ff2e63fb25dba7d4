"""Calls a second with a disk whose flush takes 10 ms more, as a share of those with the disk as it is."""

import os
import statistics

import calls
import rig

ROUNDS = 3
SLOW_FLUSH = os.path.abspath("build/gcc/tests/bench/libslow_flush.so")


def measure():
    slow_env = rig.environment(LD_PRELOAD=SLOW_FLUSH)
    plain, slow = [], []
    with rig.server() as url:
        for number in range(ROUNDS):
            for rates, env, tag in ((plain, None, "plain"), (slow, slow_env, "slow")):
                cost, done = calls.gatewave_cost(url, f"flush-{tag}-{number}", env)
                rates.append(done / cost.wall_s)
    print(f"calls/s with flushes that take 10 ms more: {statistics.median(slow):,.0f} of "
          f"{statistics.median(plain):,.0f}, {statistics.median(slow) / statistics.median(plain):.0%} "
          f"(wanted: at least 90%)")
