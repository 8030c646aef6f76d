"""The embedded broker: a kombu transport on queues of files. It needs no server.

Transport options: ``folder`` (the queues' folders are made in it) and ``polling_interval``
(seconds, 0.02). There is no fanout, so Celery's remote control has to be off.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote

from kombu.exceptions import ChannelError
from kombu.transport import virtual

from config.filequeue import FileQueue, Message


class Channel(virtual.Channel):
    """What cannot be read or written raises kombu's ChannelError."""

    queue_class = FileQueue

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self._folder = Path(connection.client.transport_options["folder"])
        self._queues: dict[str, FileQueue] = {}

    def _put(self, queue: str, message: Message, **kwargs: Any) -> None:
        with _errors(f"cannot put a message into the queue {queue}"):
            self._queue(queue).put(message)

    def _get(self, queue: str, timeout: float | None = None) -> Message:
        with _errors(f"cannot read the queue {queue}"):
            message = self._queue(queue).take()
        if message is None:
            raise Empty
        return message

    def _size(self, queue: str) -> int:
        with _errors(f"cannot read the queue {queue}"):
            return len(self._queue(queue))

    def _purge(self, queue: str) -> int:
        with _errors(f"cannot empty the queue {queue}"):
            return self._queue(queue).purge()

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        with _errors(f"cannot make the queue {queue}"):
            self._queue(queue).make()

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self._queue(queue).exists()

    def queue_delete(
        self, queue: str, if_unused: bool = False, if_empty: bool = False, **kwargs: Any
    ) -> None:
        """Deletes any process's queue: kombu would only know what this one has declared."""
        if not (if_empty and self._size(queue)):
            self.state.queue_bindings_delete(queue)
            self._queue(queue).delete()

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        """The bindings of `exchange`: none, where this process has not declared it."""
        return super().get_table(exchange) if exchange in (self.state.exchanges or {}) else []

    def _queue(self, name: str) -> FileQueue:
        if name not in self._queues:
            folder = quote(name, safe="@ ")
            safe = f"%2E{folder[1:]}" if folder.startswith(".") else folder
            self._queues[name] = self.queue_class(self._folder / safe)
        return self._queues[name]


class Transport(virtual.Transport):
    """What ``filesystem://`` means in this project (see ``config.celery``)."""

    Channel = Channel
    polling_interval = 0.02
    driver_type = "filesystem"
    driver_name = "hindsight"
    # With an event loop a worker notices at once that it should stop; without one, after seconds.
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct"])
    )
    # A folder that cannot be read is like a server that is down: try again, and not too often.
    connection_errors = (*virtual.Transport.connection_errors, ChannelError)
    # There is no host, and kombu need not tell that it assumes one.
    default_connection_params: dict[str, Any] = {}

    def driver_version(self) -> str:
        return "1"

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        loop.call_repeatedly(self.polling_interval, self._deliver_waiting)

    def _deliver_waiting(self) -> None:
        """Delivers until nothing waits, or the consumers want no more for now."""
        with contextlib.suppress(Empty):
            while self.cycle:
                self.cycle.get(self._deliver)


@contextlib.contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ChannelError(f"{what}: {error}") from error
