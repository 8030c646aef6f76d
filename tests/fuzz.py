"""``python -m tests.fuzz [TIMES] [SEED]``: random input for all that accepts input.

The API by its schema (tests/web/openapi.py), then the suite's tests with random input, with TIMES
as many examples. Exit code 1 where something fails; the same SEED tries the same again.
"""

import os
import subprocess
import sys
import time

from tests.web import openapi

TIMES = 6


def main(times: int, seed: int) -> int:
    start = time.monotonic()
    failed = openapi.main(openapi.EXAMPLES, seed)
    print(f"\n=== {times} times the suite's examples, seed {seed}", flush=True)
    options = ["-m", "hypothesis", "-v", "-n", "2", f"--hypothesis-seed={seed}", "--durations=10"]
    env = {**os.environ, "FUZZ": str(times)}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *options], env=env, check=False
    ).returncode
    print(f"{time.monotonic() - start:,.0f} s")
    return 1 if failed or tests else 0


if __name__ == "__main__":
    arguments = [int(value) for value in sys.argv[1:]]
    sys.exit(main(*(arguments + [TIMES, 0][len(arguments) :])))
