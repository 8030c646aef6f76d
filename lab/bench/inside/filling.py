"""What the programs in here share: events as the log takes them, and where the services stand."""

from random import Random

from django.utils import timezone

from eventstore import store
from eventstore.consumer import consumers
from eventstore.contracts import Contract, encode
from eventstore.store import NewEvent
from lab import data


def new_event(event: Contract, random: Random) -> NewEvent:
    """It, as a service publishes it, with ids by chance."""
    return NewEvent(
        id=data.uuid(random),
        type=type(event).__name__,
        source=event.source,
        subject=event.subject,
        time=timezone.now(),
        data=encode(event),
        correlation_id=str(data.uuid(random)),
        causation_id=None,
        version=event.version,
    )


def catch_up_query_alone() -> None:
    """Query has all that is in the log; the other services begin behind it."""
    head = store.head_position()
    for consumer in consumers().values():
        if consumer.publishes:
            kept = consumer.checkpoint._default_manager
            kept.update_or_create(consumer=consumer.name, defaults={"position": head})
    consumers()["query"].catch_up()
