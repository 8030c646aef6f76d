"""Ends processes that nobody supervises any more, with all that they started."""

import os
import signal
from collections.abc import Iterable
from time import monotonic, sleep

PATIENCE = 5.0  # seconds between asking and killing


def end_groups(leaders: Iterable[int]) -> None:
    """Ends the process groups of `leaders` that still exist: asks, waits, kills."""
    left = {leader for leader in leaders if _send(leader, signal.SIGTERM)}
    end = monotonic() + PATIENCE
    while left and monotonic() < end:
        sleep(0.05)
        left = {leader for leader in left if _send(leader, 0)}
    for leader in left:
        _send(leader, signal.SIGKILL)


def _send(leader: int, number: int) -> bool:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
