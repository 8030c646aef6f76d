"""Read your own writes: wait until the read model has come as far as a write's position."""

import threading
import time

from django.conf import settings
from django.db import Error

from query.models import consumer

FIRST, LONGEST = 0.005, 0.05  # seconds between looks: they grow
# Anybody may ask for a position that never comes: some threads must stay free for other readers.
_waiting = threading.BoundedSemaphore(2)


def wait_for(position: int) -> bool:
    """True as soon as the read model has come to ``position``; False where it has not within
    ``POSITION_WAIT`` seconds, or where too many wait already."""
    if consumer.position() >= position:
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _look_again(position, time.monotonic() + settings.POSITION_WAIT)
    finally:
        _waiting.release()


def _look_again(position: int, until: float) -> bool:
    pause = FIRST
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        if _has_come_to(position):
            return True
        pause = min(pause * 1.5, LONGEST)
    return False


def _has_come_to(position: int) -> bool:
    try:
        return consumer.has_come_to(position)
    except Error:  # the event store is down: its reader is late, and the page is there all the same
        return False
