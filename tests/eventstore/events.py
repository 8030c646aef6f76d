"""Events in the log, a consumer for tests, and tasks that run as by a worker."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from celery import Task, current_app
from celery.app.trace import build_tracer

from eventstore import consumer as registry
from eventstore import store
from eventstore.consumer import Consumer, consumers
from eventstore.contracts import Contract, PostCreated, encode
from eventstore.messaging import Checkpoint
from eventstore.models import Subscription
from eventstore.parking import ParkedEvent
from eventstore.waypoints import Waypoint

NOON = datetime(2026, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)


def new_event(type_: str = "PostCreated", **given: Any) -> store.NewEvent:
    """An event for the log, as an outbox would give it."""
    plain: dict[str, Any] = {
        "id": uuid4(),
        "type": type_,
        "source": "posts",
        "subject": uuid4(),
        "time": NOON,
        "data": "{}",
        "correlation_id": "a request",
        "causation_id": None,
    }
    return store.NewEvent(**(plain | given))


def append(*events: store.NewEvent) -> dict[UUID, int]:
    """The positions by id."""
    return store.append(events)


def publish(*events: Contract) -> list[UUID]:
    """Append these; return their ids."""
    new = [
        new_event(type(event).__name__, subject=event.subject, data=encode(event))
        for event in events
    ]
    append(*new)
    return [event.id for event in new]


def post_created(title: str = "A title", post_id: UUID | None = None) -> PostCreated:
    return PostCreated(post_id=post_id or uuid4(), title=title, body="A body", created_at=NOON)


@contextmanager
def own_consumer(
    checkpoint: type[Checkpoint], parked: type[ParkedEvent], waypoints: type[Waypoint]
) -> Iterator[Consumer]:
    """A consumer called "own", with a service's tables."""
    consumer = Consumer("own", checkpoint, parked, waypoints)
    try:
        yield consumer
    finally:
        del registry._registry["own"]


# --- Tasks, run as by a worker


def all_workers_seen() -> None:
    """The worker of every consumer has swept once: an append wakes it."""
    for consumer in consumers().values():
        Subscription.seen(consumer.name, consumer.handlers)


def perform(task: Task[Any, Any], service: str) -> None:
    """Runs the task for this service, to the storing of its result."""
    task_id = str(uuid.uuid4())
    request = {"id": task_id, "task": task.name, "argsrepr": repr((service,)), "kwargs": {}}
    build_tracer(task.name, task, app=current_app)(task_id, [service], {}, request)
