"""How long a process waits for a database: a limit for all statements and locks of one request
together, a limit for one statement elsewhere, and a look after servers that hang.

A server that is paused, or behind a network that loses everything, is no error to TCP: its kernel
acknowledges what was sent, and nothing ever comes back. Only the client's own clock ends that. The
backends in ``config`` (``config/postgresql`` and its like) apply these limits to their connections.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from time import monotonic

from django.db import OperationalError

GRACE_SECONDS = 1.0  # for what ends a transaction after the limit
PROBE_AFTER_SECONDS, PROBE_SECONDS = 5.0, 2.0
# Where nothing limits a statement, as in a rebuild, only a server that surely hangs is given up.
UNLIMITED_PROBE_AFTER_SECONDS, UNLIMITED_PROBE_SECONDS = 60.0, 20.0
RETRY_SECONDS = 2.0  # until a server that hangs is probed again

_until: ContextVar[float] = ContextVar("until", default=inf)
_statement_seconds = inf
_hanging: dict[str, float] = {}  # by server: when it may be probed again
_lock = threading.Lock()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All statements in this context, to whatever databases, take ``seconds`` together at most."""
    token = _until.set(min(_until.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def limit_statements(seconds: float) -> None:
    """In this process, and those that it forks, a statement takes ``seconds`` at most. Without
    this, as in a command, there is no limit outside ``within``."""
    global _statement_seconds
    _statement_seconds = seconds


def seconds_left() -> float:
    """What the next statement may take; ``inf`` if nothing limits it."""
    return max(0.0, min(_until.get() - monotonic(), _statement_seconds))


@dataclass(frozen=True)
class Server:
    """A database server as this process sees it. ``responds``: whether it responds to a new
    connection within so many seconds; an error counts as a response. All ``Server`` of one
    ``name`` are one: what hangs for one of a process's threads is not tried by the others."""

    name: str
    responds: Callable[[float], bool]

    def check(self) -> None:
        """Before a statement. Raises OperationalError if the time of this request is used up, or
        if the server hangs: every few seconds, one thread finds out whether it still does."""
        if seconds_left() <= 0:
            raise OperationalError("the time for this request is used up")
        if self.name not in _hanging:
            return
        with _lock:
            is_my_turn = _hanging.get(self.name, inf) <= monotonic()
            if is_my_turn:
                _hanging[self.name] = monotonic() + RETRY_SECONDS
        if not (is_my_turn and self.probe(PROBE_SECONDS)):
            raise OperationalError("the server does not respond")

    def probe(self, seconds: float) -> bool:
        responds = self.responds(seconds)
        if responds:
            _hanging.pop(self.name, None)
        else:
            self.hangs()
        return responds

    def is_alive(self) -> bool:
        """Whether it is not known to hang, and responds now."""
        return self.name not in _hanging and self.probe(GRACE_SECONDS)

    def hangs(self) -> None:
        """It did not respond to a new connection."""
        _hanging[self.name] = monotonic() + RETRY_SECONDS


class Waiting:
    """One statement, from its start on; ``seconds``: its own limit, if it has one. Whoever waits
    for its response calls ``look`` at ``next_look``, and again at the next."""

    def __init__(self, server: Server | None, seconds: float = inf) -> None:
        limit = min(seconds, seconds_left())
        now = monotonic()
        self._server, self._started = server, now
        self._until = now + max(limit, GRACE_SECONDS)
        self._pause, self._probe_seconds = (
            (UNLIMITED_PROBE_AFTER_SECONDS, UNLIMITED_PROBE_SECONDS)
            if limit == inf
            else (PROBE_AFTER_SECONDS, PROBE_SECONDS)
        )
        self._probe_at = now + self._pause if server else inf
        self.next_look = min(self._until, self._probe_at)

    @property
    def seconds(self) -> float:
        """Until the next look."""
        return max(0.0, self.next_look - monotonic())

    def look(self) -> None:
        """There is no response, or not all of it. Raises TimeoutError at the limit, or if the
        server does not respond to another connection either."""
        now = monotonic()
        if now >= self._until:
            raise TimeoutError(f"no response within {now - self._started:.0f} seconds")
        if self._server and now >= self._probe_at:
            if not self._server.probe(min(self._probe_seconds, self._until - now + GRACE_SECONDS)):
                seconds = monotonic() - self._started
                raise TimeoutError(f"no response within {seconds:.0f} seconds: the server hangs")
            self._pause *= 2
            self._probe_at = monotonic() + self._pause
        self.next_look = min(self._until, self._probe_at)
