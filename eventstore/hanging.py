"""A time limit for handlers that hang. It works where Python can interrupt what is done, and in a
process's main thread alone: that is where a worker handles events. What it cannot interrupt,
Celery's hard limit ends together with the process."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from django.db import OperationalError

from eventstore import deaths

DATABASE = "/django/db/backends/"
NEVER = float("inf")


class HandlerHangs(Exception):
    """A handler did not come back in time, and was interrupted."""


class DatabaseHangs(OperationalError):
    """A database did not answer a statement in time: that is an outage."""


class Interrupt(BaseException):
    """Not an Exception: a handler that catches all of these shall not go on hanging."""


class Watch:
    """One clock for the handlers of a consumer's batch, which costs each of them next to nothing.

    ``at`` is the position of the event that a handler is at, None where none is; ``before``, how
    many came before it.
    """

    def __init__(self, consumer: str, limit: float) -> None:
        self.consumer, self.limit = consumer, limit
        self.at: int | None = None
        self.before = -1
        self.in_database = False
        self._since = NEVER

    def begin(self, position: int) -> None:
        """The next handler begins, with the event at ``position``."""
        self.at = position
        deaths.note(self.consumer, position)
        self.before += 1
        self._since = time.monotonic()

    @contextmanager
    def over_handlers(self) -> Iterator[None]:
        """Raises HandlerHangs, or DatabaseHangs, where one takes longer than ``limit`` seconds."""
        in_main = threading.current_thread() is threading.main_thread()
        try:
            with self._clock() if in_main else nullcontext():
                yield
            self.at = None
        finally:
            deaths.note(self.consumer, 0)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self._look)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.limit / 4, self.limit / 4)
            try:
                yield
            finally:
                self._since = NEVER
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupt:
            kind = DatabaseHangs if self.in_database else HandlerHangs
            raise kind(f"no answer within {self.limit:g} seconds") from None
        finally:
            signal.signal(signal.SIGALRM, before)

    def _look(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._since >= self.limit:
            self.in_database = _is_in_database(frame)
            raise Interrupt


def _is_in_database(frame: FrameType | None) -> bool:
    while frame:
        if DATABASE in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
