"""The embedded broker with what a durable broker has, and nudges can do without.

A message that was taken stays until it is acknowledged: the next consumer of the queue gets it
again. The broker keeps the bindings of the queues: a publisher need not know the queues.
"""

import contextlib
from pathlib import Path
from typing import Any, cast

from kombu.utils.json import loads

from config import filebroker
from config.filebroker import FileQueue, Message

TAKEN = ".taken-"
BINDINGS = ".bindings"


class DurableQueue(FileQueue):
    """For one consuming process at a time."""

    def take(self) -> Message | None:
        """The oldest message; hidden from others until it is acknowledged or restored."""
        for name in sorted(self._names()):
            hidden = self.folder / f"{TAKEN}{name}"
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).rename(hidden)
                message: Message = loads(hidden.read_bytes().decode())
                message["properties"]["delivery_tag"] = str(hidden)
                return message
        return None

    def restore(self) -> None:
        """Puts messages that were taken and not acknowledged back in their places."""
        for path in self.folder.glob(f"{TAKEN}*"):
            path.rename(self.folder / path.name.removeprefix(TAKEN))

    def __len__(self) -> int:
        """Taken messages included."""
        return len(self._names()) + len(list(self.folder.glob(f"{TAKEN}*")))


class Channel(filebroker.Channel):
    do_restore = False  # the next consumer restores
    queue_class = DurableQueue

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        cast("DurableQueue", self._queue(queue)).restore()
        return super().basic_consume(queue, *args, **kwargs)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        Path(delivery_tag).unlink()
        super().basic_ack(delivery_tag, multiple)

    def queue_bind(
        self, queue: str, exchange: str | None = None, routing_key: str = "", *_: Any, **__: Any
    ) -> None:
        bound = self._folder / BINDINGS / str(exchange)
        bound.mkdir(parents=True, exist_ok=True)
        (bound / f"{routing_key}@{queue}").touch()

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        with contextlib.suppress(FileNotFoundError):
            bound = list((self._folder / BINDINGS / exchange).iterdir())
            names = (path.name.partition("@") for path in bound)
            return [(key, "", queue) for key, _, queue in names]
        return []


class Transport(filebroker.Transport):
    Channel = Channel
    driver_name = "hindsight-durable"
    # A file that cannot be read or written is like a server that is down.
    connection_errors = (*filebroker.Transport.connection_errors, OSError)
