"""The embedded broker: a kombu transport that keeps each queue as a folder of messages.

It needs no server, and works between any processes that see the same folder. A message is one
JSON file that appears by an atomic rename, so no reader sees half of it, and that only one process
can unlink, so no two consumers take the same one.

Transport options: ``folder`` (the queues' folders are made in it) and ``polling_interval``
(seconds, 0.02). There is no fanout, so Celery's remote control has to be off.
"""

import contextlib
import itertools
import os
import time
from collections import deque
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote

from kombu.exceptions import ChannelError
from kombu.log import get_logger
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

logger = get_logger(__name__)

Payload = dict[str, Any]

_counter = itertools.count()


class Channel(virtual.Channel):
    """Reads and writes the queues' folders. Hidden files (a leading dot) are never messages."""

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self._folder = Path(connection.client.transport_options["folder"])
        self._seen: dict[str, deque[str]] = {}
        self._stuck: set[Path] = set()

    def _put(self, queue: str, message: Payload, **kwargs: Any) -> None:
        """Appends `message`. Raises ChannelError where the folder cannot be written."""
        folder = self._queue_folder(queue)
        name = f"{time.time_ns():020}-{os.getpid()}-{next(_counter):09}"
        hidden = folder / f".{name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            hidden.write_bytes(dumps(message).encode())
            hidden.rename(folder / f"{name}.json")
        except OSError as error:
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise ChannelError(f"cannot put a message into {folder}: {error}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Payload:
        """Takes the oldest message. Raises Empty where there is none."""
        folder = self._queue_folder(queue)
        names = self._seen.get(queue) or self._look(queue)
        while names:
            path = folder / names.popleft()
            try:
                message = _decode(path.read_bytes())
                path.unlink()
            except FileNotFoundError:  # another consumer was faster
                continue
            except (OSError, ValueError) as error:
                self._set_aside(path, error)
                continue
            return message
        raise Empty

    def _look(self, queue: str) -> deque[str]:
        """What waits, oldest first. Kept until used up: a long queue is not listed each time."""
        self._seen[queue] = deque(sorted(_waiting(self._queue_folder(queue))))
        return self._seen[queue]

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Hides what cannot be read: it is met once only, and can still be looked at."""
        hidden = path.with_name(f".broken-{path.name}")
        try:
            path.rename(hidden)
        except FileNotFoundError:  # another consumer was faster
            return
        except OSError as reason:
            if path not in self._stuck:
                self._stuck.add(path)
                logger.error("cannot take the message %s: %s; %s", path, error, reason)
            return
        logger.error("cannot read a message: %s; it was set aside as %s", error, hidden)

    def _size(self, queue: str) -> int:
        return len(_waiting(self._queue_folder(queue)))

    def _purge(self, queue: str) -> int:
        """Drops what waits. Returns how many messages this process dropped."""
        folder = self._queue_folder(queue)
        return sum(_unlink(folder / name) for name in _waiting(folder))

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        self._queue_folder(queue).mkdir(parents=True, exist_ok=True)

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self._queue_folder(queue).is_dir()

    def _delete(self, queue: str, *args: Any, **kwargs: Any) -> None:
        self._purge(queue)
        # Where a publisher was faster, or something was set aside, the folder stays.
        with contextlib.suppress(OSError):
            self._queue_folder(queue).rmdir()

    def _queue_folder(self, queue: str) -> Path:
        name = quote(queue, safe="@ ")
        return self._folder / (f"%2E{name[1:]}" if name.startswith(".") else name)


class Transport(virtual.Transport):
    """Named by ``filesystem://`` in this project (see the settings)."""

    Channel = Channel
    polling_interval = 0.02
    driver_type = "filesystem"
    driver_name = "hindsight"
    implements = virtual.Transport.implements.extend(exchange_type=frozenset(["direct"]))

    def driver_version(self) -> str:
        return "1"


def _waiting(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - fifty times a second, so no objects for nothing
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ChannelError(f"cannot read the queue {folder}: {error}") from error
    return [name for name in names if not name.startswith(".")]


def _decode(content: bytes) -> Payload:
    """Raises ValueError for what a consumer could not even reject."""
    try:
        message: Payload = loads(content.decode())
        message["body"], message["properties"]["delivery_tag"]
    except Exception as error:
        raise ValueError(f"it is no message ({type(error).__name__}: {error})") from error
    return message


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
