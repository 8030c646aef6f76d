"""Which request and which event caused the current work: correlation and causation ids, and the
place in a trace."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5

from django.utils.functional import cached_property

from eventstore.tracing import Trace, TraceContext, read


@dataclass
class Scope:
    """The cause of the current work, and the position of what it has published. A request is a
    scope with a correlation id alone. In one with an event as its cause, what is published gets ids
    derived from that event's, so that a repeat is recognized. ``parent`` is the work that caused
    this, in its trace, as far as that is known and valid."""

    correlation_id: str
    causation_id: UUID | None = None
    consumer: str = ""
    parent: TraceContext = (None, None)
    published: list[UUID] = field(default_factory=list)
    position: int | None = None  # the highest that an event published here is known to have
    committed: bool = False  # something that was published here

    @cached_property
    def trace(self) -> Trace:
        """The current work, in its trace. Made when it is needed: most handlers publish nothing."""
        parent = read(*self.parent)
        return parent.child() if parent else Trace.begin()

    def next_event_id(self) -> UUID:
        """Derived from the order of what is published: a repeat has to keep it."""
        return self._published(str(len(self.published)))

    def event_id_about(self, type_: str, subject: UUID) -> UUID:
        """Derived from what is published, in whatever order."""
        return self._published(f"{type_}:{subject}")

    def _published(self, which: str) -> UUID:
        cause = self.causation_id
        event_id = uuid5(cause, f"{self.consumer}:{which}") if cause else uuid4()
        self.published.append(event_id)
        return event_id


_scope: ContextVar[Scope | Callable[[], Scope] | None] = ContextVar("scope", default=None)


def find() -> Scope | None:
    """The current scope, if one is open."""
    scope = _scope.get()
    if scope is None or isinstance(scope, Scope):
        return scope
    made = scope()
    _scope.set(made)
    return made


@contextmanager
def scopes() -> Iterator[None]:
    """Around many scopes, one after the other: see ``begin``."""
    token = _scope.set(None)
    try:
        yield
    finally:
        _scope.reset(token)


def begin(make: Callable[[], Scope]) -> None:
    """Within ``scopes``: the scope before ends, and another begins. It is made when it is needed:
    most handlers publish nothing, and then this takes a tenth of ``scope``."""
    _scope.set(make)


@contextmanager
def scope(
    correlation_id: str,
    causation_id: UUID | None = None,
    consumer: str = "",
    parent: TraceContext = (None, None),
) -> Iterator[Scope]:
    """Whatever is published inside has this correlation and this cause, and belongs to the trace of
    ``parent``, or to one of its own."""
    opened = Scope(correlation_id, causation_id, consumer, parent)
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
