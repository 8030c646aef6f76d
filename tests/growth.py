"""How the time that a function takes grows with its input."""

from collections.abc import Callable
from time import process_time

FACTOR = 8
MAX_GROWTH = 3 * FACTOR  # what is quadratic grows by FACTOR * FACTOR
RESOLUTION_SECONDS = 0.001  # shorter times are noise


def assert_linear(run: Callable[[int], object], size: int) -> None:
    """Asserts that `run` takes about FACTOR times as long for FACTOR times `size`."""
    shorter, longer = _seconds(run, size), _seconds(run, size * FACTOR)
    assert longer < MAX_GROWTH * max(shorter, RESOLUTION_SECONDS), (shorter, longer)


def _seconds(run: Callable[[int], object], size: int) -> float:
    """Of this process, without what others take; the best of two."""
    times = []
    for _ in range(2):
        start = process_time()
        run(size)
        times.append(process_time() - start)
    return min(times)
