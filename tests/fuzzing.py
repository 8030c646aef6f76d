"""How many examples tests with random input try: in the suite a few, the same each time;
``FUZZ=20`` in the environment stands for so many times as many, by ``--hypothesis-seed``."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ") or 1)


def examples(count: int, steps: int = 50) -> settings:
    """Settings for a test that tries ``count`` times in the suite (100 where it has none, by
    conftest.py); ``steps`` at most in each, where it goes by steps."""
    return settings(
        max_examples=count * TIMES,
        stateful_step_count=steps,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
