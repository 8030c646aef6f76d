"""What the parts of one run share: its processes and network, and when and where it ran."""

from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from lab.machine import commit, machine, versions
from lab.network import Network
from lab.sandbox import Sandbox, sandbox
from lab.stack import Stack, free_port, reading

SEED = 20_240_229
PACKAGES = ("Django", "djangorestframework", "granian", "celery", "msgspec")


class Lab:
    """As a context. ``network`` is the measuring client's."""

    def __init__(self) -> None:
        self.network = Network()
        self._open = ExitStack()
        self._reading: Stack | None = None
        self._posts = 0

    def sandbox(self, **settings: str) -> AbstractContextManager[Sandbox]:
        """A new one, for a part that writes."""
        return sandbox(**settings)

    def reading(self, posts: int, *, exactly: bool = False) -> Stack:
        """The processes that a page is read from, with at least so many posts, or exactly so many:
        the same ones for all parts of the run that only read."""
        if self._reading is None:
            box = self._open.enter_context(sandbox())
            stack = Stack(box, reading(free_port()))
            self._open.callback(stack.close)
            stack.launch()  # they come up while the databases are filled
            self._reading = stack
        if self._posts < posts or (exactly and self._posts != posts):
            self._reading.box.run("comparison.fill", posts, SEED)
            self._posts = posts
        self._reading.await_ready()
        return self._reading

    def has_written(self) -> None:
        """The reading processes' databases no longer hold the blog: the next part that reads has
        them filled anew."""
        self._posts = 0

    def __enter__(self) -> Self:
        self._open.callback(self.network.close)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._open.close()


def about(command: str, quick: bool, database: str) -> dict[str, Any]:
    """JSON-ready, as ``results.About`` reads it."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "quick": quick,
        "database": database,
        "commit": commit(),
        "machine": machine(),
        "versions": versions(PACKAGES, sqlite=database == "sqlite"),
    }
