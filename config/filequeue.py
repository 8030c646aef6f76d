"""A queue as a folder of files, between any processes that see the folder.

A message is one JSON file. It appears by an atomic rename, so nobody sees half of it, and only one
process can unlink it, so nobody takes what another took. Hidden files (a leading dot) are never
messages.
"""

import contextlib
import itertools
import logging
import os
import time
from collections import deque
from pathlib import Path
from typing import Any

from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

Message = dict[str, Any]

_counter = itertools.count()


class FileQueue:
    """The queue in `folder`, as one process sees it. What fails raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: deque[str] = deque()
        self._stuck: set[str] = set()

    def put(self, message: Message) -> None:
        """Appends `message`. Makes the folder, where nobody has yet."""
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
            except FileNotFoundError:  # another process was faster
                continue
            except (OSError, ValueError) as error:
                self._set_aside(path, error)
                continue
            return message
        return None

    def __len__(self) -> int:
        return len(self._names())

    def __bool__(self) -> bool:
        return True

    def exists(self) -> bool:
        return self.folder.is_dir()

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def purge(self) -> int:
        """Drops what waits. How many messages this process has dropped."""
        return sum(_unlink(self.folder / name) for name in self._names())

    def delete(self) -> None:
        """The queue ceases, except where a writer is faster, or something was set aside."""
        self.purge()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _names(self) -> list[str]:
        try:
            # An idle worker looks fifty times a second: no objects for nothing.
            names = os.listdir(self.folder)  # noqa: PTH208
        except FileNotFoundError:
            return []
        return [name for name in names if not name.startswith(".")]

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Hides what cannot be read: it is met once only, and can still be looked at."""
        hidden = path.with_name(f".broken-{path.name}")
        try:
            path.rename(hidden)
        except FileNotFoundError:  # another process was faster
            return
        except OSError as reason:
            if path.name not in self._stuck:
                self._stuck.add(path.name)
                log.error("cannot take the message %s: %s; %s", path, error, reason)
            return
        log.error("cannot read a message: %s; it was set aside as %s", error, hidden)


def _decode(content: bytes) -> Message:
    """Raises ValueError for what a consumer could not even reject."""
    try:
        message: Message = loads(content.decode())
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
