"""The version of a read model, and how an event loop looks at it: a thread reads the consumer's
checkpoint over a connection that it keeps, once for all requests that have come since it began the
look before."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connections, router

from eventstore import deadlines
from eventstore.outages import in_one_line

if TYPE_CHECKING:  # it has models, and a program may serve pages without the event store
    from eventstore.consumer import Consumer

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # then Django answers, which waits longer for its databases
DATABASE_SECONDS = 5.0  # that a look may take, with the time to connect
PAUSE_SECONDS = 1.0  # without looks, after one that failed


class State(NamedTuple):
    """Where a consumer stands, and since when."""

    position: int
    at: datetime

    @property
    def version(self) -> str:
        """As a part of an ETag."""
        return f"{self.position}-{self.at.timestamp():.6f}"


class Checkpoint:
    """``consumer``'s: its position and its time change with every batch of events, with every
    rebuild, and if the log went back."""

    def __init__(self, consumer: "Consumer") -> None:
        self._name, self._model = consumer.name, consumer.checkpoint

    def state(self) -> "State | None":
        """None where nothing was ever handled. One query. Raises Error."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(self.sql(), [self._name])
            return _state(cursor.fetchone())

    @property
    def alias(self) -> str:
        return router.db_for_read(self._model)

    @property
    def parameters(self) -> tuple[str]:
        return (self._name,)

    def sql(self, placeholder: str = "%s") -> str:
        quote = connections[self.alias].ops.quote_name
        table, *columns = map(
            quote, (self._model._meta.db_table, "position", "updated_at", "consumer")
        )
        position, at, name = columns
        return f"SELECT {position}, {at} FROM {table} WHERE {name} = {placeholder}"  # noqa: S608


class Looks:
    """``now()`` is the version of ``checkpoint``, by a look that began after the call. With 16
    requests at a time, each takes 0.02 ms of CPU for it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._requested: SimpleQueue[asyncio.AbstractEventLoop | None] = SimpleQueue()
        self._next: list[asyncio.Future[str | None]] = []
        self._current: list[asyncio.Future[str | None]] = []
        self._is_looking = self._hangs = False
        self._paused_until = 0.0
        self._thread = Thread(target=self._serve, name="version", daemon=True)
        self._thread.start()

    async def now(self) -> str | None:
        """None where there is none, or where the database does not say it at once."""
        loop = asyncio.get_running_loop()
        if self._hangs or loop.time() < self._paused_until:
            return None
        future: asyncio.Future[str | None] = loop.create_future()
        self._next.append(future)
        if not self._is_looking:
            self._begin(loop)
        return await future

    def close(self) -> None:
        """Ends the thread and its connection."""
        self._requested.put(None)
        self._thread.join()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._current, self._next = self._next, []
        self._is_looking = True
        self._timer = loop.call_later(LOOK_SECONDS, self._expire, loop)
        self._requested.put(loop)

    def _end(self, loop: asyncio.AbstractEventLoop, version: str | None, failed: bool) -> None:
        """On the event loop, when the thread is back."""
        self._timer.cancel()
        self._is_looking = self._hangs = False
        if failed:
            self._give_up(loop)
        _resolve(self._current, version)
        if self._next:
            self._begin(loop)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the event loop, if the thread is not back in time."""
        self._hangs = True
        self._give_up(loop)

    def _give_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody waits any longer, neither for this look nor for the next."""
        self._paused_until = loop.time() + PAUSE_SECONDS
        _resolve(self._current + self._next, None)
        self._current, self._next = [], []

    def _serve(self) -> None:
        kept = None
        while loop := self._requested.get():
            version, failed = None, False
            try:
                kept = kept or _KeptConnection(self._checkpoint)
                version = kept.version()
            except Exception as error:
                failed = True
                log.warning("Django looks at the read model's version: %s", in_one_line(error))
            try:
                loop.call_soon_threadsafe(self._end, loop, version, failed)
            except RuntimeError:  # the loop is closed: the process ends
                break
        if kept:
            kept.close()


class _KeptConnection:
    """One thread's, without what Django does for each request and for each statement."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._connection: Any = connections.create_connection(checkpoint.alias)
        self._is_file = self._connection.vendor == "sqlite"
        self._sql = checkpoint.sql("?" if self._is_file else "%s")
        self._parameters = checkpoint.parameters

    def version(self) -> str | None:
        """Raises whatever the driver does; then the next call connects anew."""
        try:
            with deadlines.within(DATABASE_SECONDS):
                if self._is_file and not self._connection.is_usable():  # another file is there now
                    self._connection.close()
                if self._connection.connection is None:
                    self._connection.connect()
                cursor = self._connection.connection.cursor()
                cursor.execute(self._sql, self._parameters)
                state = _state(cursor.fetchone())
                cursor.close()
                return state.version if state else None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()


def _state(row: Sequence[Any] | None) -> State | None:
    if row is None:
        return None
    position, at = row  # in UTC, whether the driver marks it so or not
    return State(position, at.replace(tzinfo=UTC))


def _resolve(futures: list[asyncio.Future[str | None]], version: str | None) -> None:
    for future in futures:
        if not future.done():  # else its request has ended
            future.set_result(version)
