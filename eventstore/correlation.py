"""Which request and which event caused the current work: correlation and causation ids."""

import contextvars
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Scope:
    """The cause of the current work, and the position of what it has published.

    A request is a scope with a correlation id alone. Handling an event is a scope with the event
    as its cause: what is published in it gets ids derived from that event's, so that a repeat is
    recognized.
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
        """Note the positions of what was published here."""
        known = [positions[event_id] for event_id in self.published if event_id in positions]
        self.position = max([*known, self.position or 0]) or None


_scope: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("scope", default=None)


def current() -> Scope:
    """The current scope; a fresh one if none is open."""
    return _scope.get() or Scope(correlation_id=str(uuid.uuid4()))


def find() -> Scope | None:
    """The current scope, if one is open."""
    return _scope.get()


@contextmanager
def scope(
    correlation_id: str, causation_id: UUID | None = None, consumer: str = ""
) -> Iterator[Scope]:
    """Whatever is published inside has this correlation and this cause."""
    opened = Scope(correlation_id, causation_id, consumer)
    token = _scope.set(opened)
    try:
        yield opened
    finally:
        _scope.reset(token)


class WithCorrelation(logging.Filter):
    """Adds ``correlation_id`` to each log record, and ``correlation``, the same for a line of text;
    both are empty outside a scope."""

    def filter(self, record: logging.LogRecord) -> bool:
        scope = find()
        record.correlation_id = scope.correlation_id if scope else ""
        record.correlation = f" [{scope.correlation_id}]" if scope else ""
        return True
