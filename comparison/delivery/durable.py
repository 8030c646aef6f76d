"""The embedded broker with what a durable broker has, and nudges can do without.

A message that was taken stays until it is acknowledged: the next consumer of the queue gets it
again. The broker keeps the bindings of the queues: a publisher need not know the queues.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from kombu.exceptions import ChannelError
from kombu.utils.json import loads

from config import filebroker
from config.filebroker import FileQueue, Message

TAKEN = ".taken-"
BINDINGS = ".bindings"


class DurableQueue(FileQueue):
    """For one consuming process at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._taken: dict[str, Path] = {}

    def take(self) -> Message | None:
        """The oldest message; hidden from others until it is acknowledged or restored."""
        for name in sorted(self._names()):
            hidden = self.folder / f"{TAKEN}{name}"
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).rename(hidden)
                message: Message = loads(hidden.read_bytes().decode())
                self._taken[message["properties"]["delivery_tag"]] = hidden
                return message
        return None

    def acknowledge(self, tag: str) -> None:
        if path := self._taken.pop(tag, None):
            path.unlink()

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
        with _errors():
            cast("DurableQueue", self._queue(queue)).restore()
        return super().basic_consume(queue, *args, **kwargs)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        with _errors():
            for queue in self._queues.values():
                cast("DurableQueue", queue).acknowledge(delivery_tag)
        super().basic_ack(delivery_tag, multiple)

    def queue_bind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        bound = self._folder / BINDINGS / str(exchange) / routing_key
        with _errors():
            bound.mkdir(parents=True, exist_ok=True)
            (bound / queue).touch()

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        with _errors(), contextlib.suppress(FileNotFoundError):
            keys = list((self._folder / BINDINGS / exchange).iterdir())
            return [(key.name, "", queue.name) for key in keys for queue in key.iterdir()]
        return []


class Transport(filebroker.Transport):
    Channel = Channel
    driver_name = "hindsight-durable"


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ChannelError(f"the broker cannot be reached: {error}") from error
