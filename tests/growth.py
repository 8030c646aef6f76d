"""How the time that a function takes grows with its input."""

from collections.abc import Callable
from time import process_time
from timeit import repeat

FACTOR = 16
MAX_GROWTH = 3 * FACTOR  # quadratic is FACTOR * FACTOR, less where the single step is fast
RESOLUTION_SECONDS = 0.0002  # shorter times are noise


def assert_linear(run: Callable[[int], object], size: int) -> None:
    """Asserts that `run` takes about FACTOR times as long for FACTOR times `size`."""
    shorter, longer = _seconds(run, size), _seconds(run, size * FACTOR)
    assert longer < MAX_GROWTH * max(shorter, RESOLUTION_SECONDS), (shorter, longer)


def _seconds(run: Callable[[int], object], size: int) -> float:
    """Of this process, the best of two."""
    return min(repeat(lambda: run(size), number=1, repeat=2, timer=process_time))
