"""The newcomer: a process of its own, with a query database of its own, that can reach the others'
processes and databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

import msgspec

from comparison.history.differing import Difference
from comparison.history.orders import PATH, Copied, Fact, Listens, Order
from comparison.history.way import Way
from comparison.lab import Lab
from lab.asking import ask
from lab.errors import LabFailed
from lab.login import login
from lab.programs import alone, free_port
from lab.stack import Stack

SHARED = ("default", "eventstore", "posts", "comments")
PATIENCE = 120.0  # seconds, with one copy

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Newcomer:
    """``at`` are the others' addresses; ``login`` lets it read what the public may not."""

    address: str
    at: dict[str, str]
    login: dict[str, str] = field(repr=False)

    def copy(self, way: Way, delay: float = 0.0, listens: Listens = "never") -> Copied:
        order = Order(way=way.name, at=self.at, login=self.login, delay=delay, listens=listens)
        return self._ask("copy", Copied, msgspec.json.encode(order))

    def hear(self) -> int:
        """What was said since it listens is handled; returns how many events."""
        return self._ask("hear", int)

    def difference(self) -> Difference:
        """Between what it has and what the services have."""
        return self._ask("differ", Difference)

    def facts(self) -> list[Fact]:
        return self._ask("facts", list[Fact])

    def _ask(self, what: str, answer: type[Answer], body: bytes = b"") -> Answer:
        said = ask("POST", f"{self.address}{PATH}{what}/", body, patience=PATIENCE)
        if said.status != HTTPStatus.OK:
            raise LabFailed(f"the newcomer answered {said.status} when asked to {what}")
        return msgspec.json.decode(said.body, type=answer)


@contextmanager
def newcomer(lab: Lab, theirs: Stack) -> Iterator[Newcomer]:
    """Comes to the blog of these processes; gone again at the end. Raises LabFailed."""
    places = {f"{alias.upper()}_DATABASE_URL": theirs.box.database_url(alias) for alias in SHARED}
    staff = login(theirs.addresses["posts"], theirs.box.environment["ADMIN_PASSWORD"])
    with lab.sandbox(**places) as box:
        stack = Stack(box, alone("newcomer", free_port(1)))
        try:
            stack.launch()  # it comes up while its database is made
            box.make_ready()
            stack.await_ready()
            yield Newcomer(stack.addresses["newcomer"], theirs.addresses, staff)
        finally:
            stack.close()
