"""Limits for the handling of one event: how long it may take, how often it is tried, and how many
processes may crash at it.

The time limit works where Python can interrupt the handler, and in a process's main thread alone,
as in a worker. Anything else Celery's hard limit ends together with the process: a crash.
"""

import mmap
import os
import random
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from traceback import walk_stack
from types import FrameType
from zlib import crc32

from django.conf import settings
from django.db import OperationalError

RETRY_DELAYS_SECONDS = (0.1, 0.2, 0.4, 0.8)  # the longest before each further try (full jitter)
MAX_CRASHES = 3  # processes that may die at one event: something else may have killed them
DATABASE_BACKENDS = "/django/db/backends/"
NEVER = float("inf")


class HandlerTimeout(Exception):
    """A handler did not return in time, and was interrupted."""


class DatabaseTimeout(OperationalError):
    """A database did not respond to a statement in time: that is an outage."""


class ProcessCrashed(Exception):
    """The process that handled the event died, again and again."""


class Interrupt(BaseException):
    """Not an Exception: a handler that catches all of these shall not go on hanging."""


class Watchdog:
    """One clock for the handlers of a consumer's batch, which costs each of them next to nothing.
    ``at`` is the position of the event in hand, if there is one; ``before``, how many came before
    it."""

    def __init__(self, consumer: str, limit: float) -> None:
        self.consumer, self.limit = consumer, limit
        self.at: int | None = None
        self.before = -1
        self.in_database = False
        self._since = NEVER

    def begin(self, position: int) -> None:
        """The next handler begins, with the event at ``position``."""
        note_handling(self.consumer, position)
        self.at, self._since = position, time.monotonic()
        self.before += 1

    @contextmanager
    def over_handlers(self) -> Iterator[None]:
        """Raises HandlerTimeout, or DatabaseTimeout, if one takes more than ``limit`` seconds."""
        in_main = threading.current_thread() is threading.main_thread()
        try:
            with self._clock() if in_main else nullcontext():
                yield
            self.at = None
        finally:
            note_handling(self.consumer, 0)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self._check)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.limit / 4, self.limit / 4)
            try:
                yield
            finally:
                self._since = NEVER
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupt:
            kind = DatabaseTimeout if self.in_database else HandlerTimeout
            raise kind(f"no response within {self.limit:g} seconds") from None
        finally:
            signal.signal(signal.SIGALRM, before)

    def _check(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._since >= self.limit:
            files = (each.f_code.co_filename for each, _ in walk_stack(frame))
            self.in_database = any(DATABASE_BACKENDS in file for file in files)
            raise Interrupt


class RetryState:
    """An event that fails, until it is handled or parked: its ``position``, 0 if not known; how
    many ``tries`` it had alone; how many processes died at it (``crashes``)."""

    def __init__(self, position: int = 0, crashes: int = 0) -> None:
        # An event that fails slowly is tried less often: the task's time is limited.
        self._until = time.monotonic() + settings.HANDLER_TIME_LIMIT / 2
        self.position, self.crashes, self.tries = position, crashes, 0

    def narrow(self, size: int, watchdog: Watchdog) -> int:
        """How many of ``size`` to handle next: those before the one that failed, or it alone."""
        if watchdog.at is None:  # rows could not be written: any event may be the reason
            return size // 2
        self.position = watchdog.at
        return max(watchdog.before, 1)

    def is_hopeless(self) -> bool:
        """Count one more failure alone; whether these are enough."""
        self.tries += 1
        return self.tries > len(RETRY_DELAYS_SECONDS) or time.monotonic() > self._until

    def pause(self) -> None:
        """Wait before the next try: longer each time, and never all consumers at once."""
        longest = RETRY_DELAYS_SECONDS[self.tries - 1] * settings.RETRY_SCALE
        time.sleep(random.uniform(0, longest))  # noqa: S311


# --- Crashes. The processes that a worker starts, one after the other, share some bytes. Each notes
# there which event it handles, and the next one finds the note of one that died.

_Handling = struct.Struct("=qqq")  # a process, its consumer, the position of the event in hand
_Crashes = struct.Struct("=qqq")  # a consumer, the event that its last process died at, how many
_shared = mmap.mmap(-1, _Handling.size + _Crashes.size)  # made before the worker forks


def note_handling(consumer: str, position: int) -> None:
    """A handler of this process begins with the event at ``position``; 0: all have returned."""
    _Handling.pack_into(_shared, 0, os.getpid(), _key(consumer), position)


def crashes_of(consumer: str) -> tuple[int, int]:
    """The position at which the consumer's processes died, how many did; (0, 0) for none."""
    pid, key, at = _Handling.unpack_from(_shared, 0)
    of, crashed_at, crashes = _Crashes.unpack_from(_shared, _Handling.size)
    if key == _key(consumer) and at and not _is_alive(pid):
        crashes = crashes + 1 if (of, crashed_at) == (key, at) else 1
        of, crashed_at = key, at
        _Crashes.pack_into(_shared, _Handling.size, of, crashed_at, crashes)
        _Handling.pack_into(_shared, 0, 0, 0, 0)
    return (crashed_at, crashes) if of == _key(consumer) else (0, 0)


def forget_crashes() -> None:
    """The event was handled, or parked."""
    _Crashes.pack_into(_shared, _Handling.size, 0, 0, 0)


def _key(consumer: str) -> int:
    return crc32(consumer.encode())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # none, or another user's
        return False
    return True
