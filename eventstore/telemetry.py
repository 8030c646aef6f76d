"""What is told to OpenTelemetry: the append of each event, and its handling; a request's span is in
``web.traces``. Off, where no setting names a collector: then nothing of OpenTelemetry is imported.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from eventstore.correlation import Scope
from eventstore.tracing import read

if TYPE_CHECKING:
    from eventstore.continuations import Continuation
    from eventstore.models import Event
    from eventstore.otlp import Exporter
    from eventstore.store import NewEvent, Stored

_NOTHING = nullcontext()
_batch: ContextVar[list[Any] | None] = ContextVar("batch", default=None)


def exporter() -> "Exporter | None":
    """This process's, or None if nothing is exported."""
    return _exporter() if settings.TRACES else None


@cache
def _exporter() -> "Exporter":
    from eventstore.otlp import Exporter  # an optional package, and 10 MB

    return Exporter()


def appended(events: Iterable["NewEvent"]) -> None:
    """These events are in the log now: a span each, from their publication until now. It is a child
    of the work that published the event, whichever process relays it."""
    if out := exporter():
        for event in events:
            about = _about("append", "send", event.type, event.id, event.correlation_id)
            parent = read(event.traceparent, event.tracestate)
            name = f"append {event.type}"
            out.begin(event.source, name, "PRODUCER", parent, about, since=event.time).end()


def handling(
    scope: Scope, consumer: str, event: "Event | Stored | Continuation"
) -> AbstractContextManager[None]:
    """A span of the handling of ``event``: what is published in ``scope`` is caused by it. It ends
    with its batch, as nothing has happened before that is committed; if the handler fails, at
    once."""
    return _handling(scope, consumer, event) if settings.TRACES else _NOTHING


@contextmanager
def _handling(
    scope: Scope, consumer: str, event: "Event | Stored | Continuation"
) -> Iterator[None]:
    event_id = scope.causation_id
    about = _about("handle", "process", event.type, event_id, event.correlation_id)
    about |= {"messaging.consumer.group.name": consumer, "hindsight.position": event.position}
    parent = read(*event.trace_context)
    span = _exporter().begin(consumer, f"handle {event.type}", "CONSUMER", parent, about)
    scope.trace = span.trace
    try:
        yield
    except BaseException as error:
        span.fail(error)
        span.end()
        raise
    if (open_spans := _batch.get()) is not None:
        open_spans.append(span)
    else:
        span.end()


def batch() -> AbstractContextManager[None]:
    """Around a transaction in which events are handled."""
    return _in_batch() if settings.TRACES else _NOTHING


@contextmanager
def _in_batch() -> Iterator[None]:
    spans: list[Any] = []
    token = _batch.set(spans)
    try:
        yield
    except BaseException as error:
        for span in spans:
            span.fail(error)  # it is rolled back with the one that failed
        raise
    finally:
        _batch.reset(token)
        for span in spans:
            span.end()


def _about(name: str, kind: str, type_: str, event_id: Any, correlation_id: str) -> dict[str, Any]:
    """By OpenTelemetry's semantic conventions for messaging: the type of an event is what consumers
    subscribe to, so it is the destination."""
    return {
        "messaging.system": "hindsight",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": type_,
        "messaging.message.id": str(event_id),
        "messaging.message.conversation_id": correlation_id,
    }
