"""Which request and which event caused the current work: correlation and causation ids."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5


@dataclass
class Scope:
    """The cause of the current work, and the position of what it has published. A request is a
    scope with a correlation id alone. In one with an event as its cause, what is published gets ids
    derived from that event's, so that a repeat is recognized."""

    correlation_id: str
    causation_id: UUID | None = None
    consumer: str = ""
    published: list[UUID] = field(default_factory=list)
    position: int | None = None  # the highest that an event published here is known to have

    def next_event_id(self) -> UUID:
        if self.causation_id is None:
            event_id = uuid4()
        else:
            event_id = uuid5(self.causation_id, f"{self.consumer}:{len(self.published)}")
        self.published.append(event_id)
        return event_id


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


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
