"""Which request, and which event, the work at hand goes back to."""

import contextvars
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Scope:
    """The cause of what is being done, and the positions that it has brought about.

    A request is a scope with a correlation id alone. Handling an event is a scope with the
    event as its cause: what is published in it gets ids derived from that event's, so that
    a repeat is known as one.
    """

    correlation_id: str
    causation_id: UUID | None = None
    consumer: str = ""
    published: list[UUID] = field(default_factory=list)
    position: int | None = None
    """The highest position that an event published here is known to have."""

    def next_event_id(self) -> UUID:
        if self.causation_id is None:
            event_id = uuid.uuid4()
        else:
            event_id = uuid.uuid5(self.causation_id, f"{self.consumer}:{len(self.published)}")
        self.published.append(event_id)
        return event_id

    def learn(self, positions: dict[UUID, int]) -> None:
        """Take note of the positions of what was published here."""
        known = [positions[event_id] for event_id in self.published if event_id in positions]
        self.position = max([*known, self.position or 0]) or None


_scope: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("scope", default=None)


def current() -> Scope:
    """The scope at hand; a fresh one where nobody opened one."""
    return _scope.get() or Scope(correlation_id=str(uuid.uuid4()))


def find() -> Scope | None:
    """The scope at hand, if somebody opened one."""
    return _scope.get()


@contextmanager
def scope(
    correlation_id: str, causation_id: UUID | None = None, consumer: str = ""
) -> Iterator[Scope]:
    """Whatever is published inside goes back to this correlation and this cause."""
    opened = Scope(correlation_id, causation_id, consumer)
    token = _scope.set(opened)
    try:
        yield opened
    finally:
        _scope.reset(token)
