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
from contextlib import contextmanager, nullcontext, suppress
from traceback import walk_stack
from types import FrameType
from zlib import crc32

from django.conf import settings
from django.db import DataError, Error, connections

from eventstore.contracts import BadEvent
from eventstore.outages import DatabaseTimeout, alias_in

RETRY_DELAYS_SECONDS = (0.1, 0.2, 0.4, 0.8)  # the longest before each further try (full jitter)
MAX_CRASHES = 3  # processes that may die at one event: something else may have killed them
PERMANENT = (BadEvent, DataError)  # what the event is: a further try ends in the same way
DATABASE_BACKENDS = "/django/db/backends/"
NEVER = float("inf")
TICKS = 8  # looks at a handler within its limit
STATEMENTS_PART = 0.74  # of the limit, from when it was first seen: then it is one that hangs


class HandlerTimeout(Exception):
    """A handler did not return in time, and was interrupted."""


class ProcessCrashed(Exception):
    """The process that handled the event died, again and again."""


class Interrupt(BaseException):
    """Not an Exception: a handler that catches all of these shall not go on hanging."""


class Watchdog:
    """One clock for the handlers of a consumer's batch, which costs each of them next to nothing.
    ``at`` is the position of the event in hand, if there is one; ``before``, how many came before
    it."""

    def __init__(self, consumer: str, limit: float) -> None:
        self.limit, self._key, self._pid = limit, _key(consumer), os.getpid()
        self.at: int | None = None
        self.before = -1
        self._since = NEVER
        self._tick, self._next_tick = limit / TICKS, NEVER
        self._statement: FrameType | None = None
        self._statement_since = NEVER

    def begin(self, position: int) -> None:
        """The next handler begins, with the event at ``position``."""
        _Handling.pack_into(_shared, 0, self._pid, self._key, position)
        self.at, self._since = position, time.monotonic()
        self.before += 1

    @contextmanager
    def over_handlers(self) -> Iterator[None]:
        """Raises HandlerTimeout if one takes more than ``limit`` seconds; DatabaseTimeout if that
        is one statement's fault. A handler that is slow with many statements is no outage."""
        in_main = threading.current_thread() is threading.main_thread()
        try:
            with self._clock() if in_main else nullcontext():
                yield
            self.at = None
        finally:
            _Handling.pack_into(_shared, 0, self._pid, self._key, 0)  # all have returned

    @contextmanager
    def _clock(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self._check)
        try:
            self._next_tick = time.monotonic() + self._tick
            signal.setitimer(signal.ITIMER_REAL, self._tick, self._tick)
            try:
                yield
            finally:
                self._since = NEVER
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupt:
            raise self._timeout() from None
        finally:
            self._statement = None
            signal.signal(signal.SIGALRM, before)

    def _check(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        statement = _statement_in(frame)
        if statement is not self._statement:
            # A tick that comes late waited for a call of C code to return.
            self._statement, self._statement_since = statement, min(now, self._next_tick)
        while self._next_tick <= now:
            self._next_tick += self._tick
        if now - self._since >= self.limit:
            raise Interrupt

    def _timeout(self) -> Exception:
        message = f"no response within {self.limit:g} seconds"
        if self._statement is None:
            return HandlerTimeout(message)
        took = time.monotonic() - self._statement_since
        # The driver's cursor is called by Django's, which knows the connection.
        aliases = (alias_in(frame) for frame, _ in walk_stack(self._statement))
        if alias := next(filter(None, aliases), None):
            with suppress(Error):  # in the midst of a statement, it can do nothing else
                connections[alias].close()
        if took < self.limit * STATEMENTS_PART:
            return HandlerTimeout(message)
        return DatabaseTimeout(message, alias or "?")


def _statement_in(frame: FrameType | None) -> FrameType | None:
    """The call of Django's database code that is running, if any: each statement has its own."""
    stack = (each for each, _ in walk_stack(frame))
    return next((each for each in stack if DATABASE_BACKENDS in each.f_code.co_filename), None)


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

    def is_hopeless(self, failure: Exception) -> bool:
        """Count one more failure alone; whether these are enough."""
        self.tries += 1
        if isinstance(failure, PERMANENT):
            return True
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
