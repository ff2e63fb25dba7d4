"""What deciding costs, for each target of a small and of a large rollout, in a C program of its own."""

import os
import subprocess
import sys

PROGRAM = os.path.abspath("build/gcc/tests/bench/scheduler")


def measure():
    sys.stdout.flush()
    subprocess.run([PROGRAM], check=True)
