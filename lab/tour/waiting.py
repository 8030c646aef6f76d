"""Waiting for what will be so, for a bounded time."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

Seen = TypeVar("Seen")

STEP = 0.1  # seconds between looks


def until(look: Callable[[], Seen], good: Callable[[Seen], bool], seconds: float) -> Seen:
    """Looks again and again. Returns what it saw last: what is `good`, or what there was when
    time was up."""
    end = monotonic() + seconds
    while not good(seen := look()) and monotonic() < end:
        sleep(STEP)
    return seen
