"""The embedded broker: a kombu transport on queues of files. It needs no server.

A queue is a folder, between any processes that see the folder; a message is one JSON file. It
appears by an atomic rename, so half of it is never visible, and only one process can unlink it, so
it is delivered once. Hidden files (a leading dot) are never messages: they are being written, or
were set aside because they cannot be read.

A worker learns from the kernel that a message has come (``config.folderwatch``), and looks by
itself once a second, for the case that it was not told. Where the kernel cannot do that, it polls.

Transport options: ``folder`` (the queues' folders are made in it) and ``polling_interval``
(seconds, 0.02). There is no fanout, so Celery's remote control has to be off.
"""

import contextlib
import itertools
import logging
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any, cast
from urllib.parse import quote

from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

from config.folderwatch import FolderWatch

WATCHED_SECONDS = 1.0  # between two looks at folders that the kernel watches
LEFTOVER_SECONDS = 600  # a file that is older, and half written, has no writer any more
BROKEN = ".broken-"
MAX_BROKEN_FILES = 100  # kept for inspection, in each queue

Message = dict[str, Any]
log = logging.getLogger(__name__)
_counter = itertools.count()


class FileQueue:
    """The queue in `folder`, as one process sees it. What fails raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: deque[str] = deque()
        self._stuck: set[str] = set()

    def put(self, message: Message) -> None:
        """Appends `message`. Makes the folder if it is missing."""
        name = f"{time.time_ns():020}-{os.getpid()}-{next(_counter):09}"
        hidden = self.folder / f".{name}"
        self.make()
        try:
            hidden.write_bytes(dumps(message).encode())
            hidden.rename(self.folder / f"{name}.json")
        except OSError:
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise

    def take(self) -> Message | None:
        """The oldest message, for the caller alone; None where there is none."""
        if not self._seen:  # kept until used up: a long queue is not listed for each message
            self._seen.extend(sorted(self._names()))
        while self._seen:
            path = self.folder / self._seen.popleft()
            try:
                message = _decode(path.read_bytes())
                path.unlink()
                return message
            except FileNotFoundError:  # another process was faster
                pass
            except (OSError, ValueError) as error:
                self._set_aside(path, error)
        return None

    def __len__(self) -> int:
        return len(self._names())

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def tidy(self) -> None:
        """Deletes what processes that died have left half written, and the oldest of many messages
        that were set aside."""
        hidden = sorted(self.folder.glob(".*"))
        broken = [path for path in hidden if path.name.startswith(BROKEN)]
        surplus = broken[:-MAX_BROKEN_FILES]
        for path in hidden:
            with contextlib.suppress(FileNotFoundError):
                age = time.time() - path.stat().st_mtime
                if path in surplus or (path not in broken and age > LEFTOVER_SECONDS):
                    path.unlink()

    def purge(self) -> int:
        """Drops all messages. Returns how many this process has dropped."""
        dropped = 0
        for name in self._names():
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).unlink()
                dropped += 1
        return dropped

    def delete(self) -> None:
        """Deletes the queue, unless a writer is faster, or something was set aside."""
        self.purge()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _names(self) -> list[str]:
        try:
            # Where it polls, an idle worker does this fifty times a second: it makes no objects.
            names = os.listdir(self.folder)  # noqa: PTH208
        except FileNotFoundError:
            return []
        return [name for name in names if not name.startswith(".")]

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Hides what cannot be read: it is reported once, and kept for inspection."""
        hidden = path.with_name(f"{BROKEN}{path.name}")
        try:
            path.rename(hidden)
            log.error("cannot read a message: %s; it was set aside as %s", error, hidden)
        except FileNotFoundError:  # another process was faster
            pass
        except OSError as reason:
            if path.name not in self._stuck:
                self._stuck.add(path.name)
                log.error("cannot take the message %s: %s; %s", path, error, reason)


class Channel(virtual.Channel):
    """Raises kombu's ChannelError for what cannot be read or written."""

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
            if message := self._queue(queue).take():
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        with _errors(f"cannot read the queue {queue}"):
            return len(self._queue(queue))

    def _purge(self, queue: str) -> int:
        with _errors(f"cannot empty the queue {queue}"):
            return self._queue(queue).purge()

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        with _errors(f"cannot make the queue {queue}"):
            self._queue(queue).make()
            self._queue(queue).tidy()

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self._queue(queue).folder.is_dir()

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

    def watch(self, watch: FolderWatch) -> None:
        """The folders of the queues that are consumed; those that were deleted in between are
        watched again when they are back."""
        for queue in self._active_queues:
            with contextlib.suppress(OSError):
                watch.add(self._queue(queue).folder)

    def _queue(self, name: str) -> FileQueue:
        if name not in self._queues:
            folder = re.sub(r"^\.", "%2E", quote(name, safe="@ "))
            self._queues[name] = self.queue_class(self._folder / folder)
        return self._queues[name]


class Transport(virtual.Transport):
    """What ``filesystem://`` means in this project (see ``config.celery``)."""

    Channel = Channel
    polling_interval = 0.02
    driver_type = "filesystem"
    driver_name = "hindsight"
    # With an event loop a worker stops at once; without one, after seconds.
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct"])
    )
    # A folder that cannot be read is like a server that is down: try again, and not too often.
    connection_errors = (*virtual.Transport.connection_errors, ChannelError)
    # There is no host, so kombu need not log that it assumes one.
    default_connection_params: dict[str, Any] = {}

    _loop: Any = None
    _watch: FolderWatch | None = None

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Idle, a worker that polls takes 1.3 % of a core, and one that is told 0.1 %; a message
        waits for 10 ms in the mean, or not at all."""
        self._loop = loop
        with contextlib.suppress(OSError):
            self._watch = FolderWatch()
            loop.add_reader(self._watch, self._look)
        loop.call_soon(self._look)  # when the worker has declared its queues
        interval = WATCHED_SECONDS if self._watch else self.polling_interval
        loop.call_repeatedly(interval, self._look)

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        if watch := self._watch:
            self._watch = None
            self._loop.remove(watch)
            watch.close()

    def _look(self) -> None:
        """Delivers until nothing waits, or the consumers want no more for now."""
        if self._watch:
            self._watch.clear()
            for channel in cast("list[Channel]", self.channels):
                channel.watch(self._watch)  # first: what comes from now on is not missed
        with contextlib.suppress(Empty):
            while self.cycle:
                self.cycle.get(self._deliver)


@contextlib.contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ChannelError(f"{what}: {error}") from error


def _decode(content: bytes) -> Message:
    """Raises ValueError for what a consumer could not even reject."""
    try:
        message: Message = loads(content.decode())
        message["body"], message["properties"]["delivery_tag"]
        return message
    except Exception as error:
        raise ValueError(f"it is no message ({type(error).__name__}: {error})") from error
