"""An event that fails or hangs: how it is found in its batch, and how often it is tried."""

import random
import time
from typing import Self

from django.conf import settings

from eventstore.deaths import deadly
from eventstore.hanging import Watch

DELAYS = (0.1, 0.2, 0.4, 0.8)
"""At most so many seconds before each further try of an event that fails (full jitter)."""


class Trouble:
    """From the first time that the event failed, until it is handled or parked.

    ``position`` is the event's, 0 where it is not known; ``tries``, how often it was tried alone;
    ``deaths``, how many processes died of it.
    """

    def __init__(self, position: int = 0, deaths: int = 0) -> None:
        # Whoever fails slowly is tried less often: the task's time is limited.
        self._until = time.monotonic() + settings.HANDLER_TIME_LIMIT / 2
        self.position, self.deaths = position, deaths
        self.tries = 0

    @classmethod
    def after_deaths(cls, consumer: str, position: int) -> Self | None:
        """That of an event behind ``position`` at which processes of the consumer have died."""
        died_at, died = deadly(consumer)
        return cls(died_at, died) if died_at > position else None

    def narrow(self, size: int, watch: Watch) -> int:
        """How many events to handle next, after ``size`` of them failed: those before it, or it
        alone."""
        if watch.at is None:  # rows could not be written: any of them may be the reason
            return size // 2
        self.position = watch.at
        return max(watch.before, 1)

    def is_hopeless(self) -> bool:
        """It failed alone once more: often enough?"""
        self.tries += 1
        return self.tries > len(DELAYS) or time.monotonic() > self._until

    def pause(self) -> None:
        """Wait before the next try: longer each time, and never all at once."""
        time.sleep(random.uniform(0, DELAYS[self.tries - 1] * settings.RETRY_SCALE))  # noqa: S311
