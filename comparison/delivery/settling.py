"""Waiting until nothing moves any more."""

import time
from collections.abc import Callable
from threading import Event

from comparison.delivery.traffic import Halted

STEP = 0.03
GRACE = 1.0
"""Seconds of rest that are enough where it is known that nothing is on its way."""


def settle(
    reached: Callable[[], int],
    expected: int,
    is_idle: Callable[[], bool | None],
    patience: float,
    halt: Event,
) -> float | None:
    """Waits until ``reached()`` is ``expected``: when that was, on the monotonic clock. None where
    it has not moved for so long that it never will be. Raises Halted."""
    last, moved = -1, time.monotonic()
    while (now_reached := reached()) < expected:
        now = time.monotonic()
        if now_reached != last:
            last, moved = now_reached, now
        rest = now - moved
        if rest > patience or (rest > GRACE and is_idle()):
            return None
        if halt.wait(STEP):
            raise Halted
    return time.monotonic()
