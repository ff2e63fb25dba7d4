"""What stops a rollout: the program's gates next to other tools' rules, by trial, in a C program of its own."""

import os
import subprocess
import sys

PROGRAM = os.path.abspath("build/gcc/tests/bench/bench_gates")


def measure():
    sys.stdout.flush()
    subprocess.run([PROGRAM], check=True)
