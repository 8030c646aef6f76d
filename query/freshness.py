"""Read your own writes: wait until the read model has come as far as a write's position."""

import time
from contextlib import suppress
from threading import BoundedSemaphore

from django.conf import settings
from django.db import Error

from query.models import consumer

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.005, 0.05  # between checks: it grows
# Anybody may request a position that never comes: some threads must stay free for other readers.
_waiting = BoundedSemaphore(2)


def wait_for(position: int) -> bool:
    """True as soon as the read model has reached ``position``; False where it has not within
    ``POSITION_WAIT`` seconds, or where too many wait already."""
    if consumer.position() >= position:
        return True
    if not _waiting.acquire(blocking=False):
        return False
    pause, until = FIRST_PAUSE_SECONDS, time.monotonic() + settings.POSITION_WAIT
    try:
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            with suppress(Error):  # the event store is down: the page is late, but it is there
                if consumer.has_come_to(position):
                    return True
            pause = min(pause * 1.5, MAX_PAUSE_SECONDS)
    finally:
        _waiting.release()
    return False
