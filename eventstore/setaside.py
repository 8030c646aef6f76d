"""What a person does with the events that are set aside: retry, or discard."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from eventstore import store
from eventstore.outages import is_outage
from eventstore.parking import State
from eventstore.rows import Fold

if TYPE_CHECKING:
    from eventstore.consumer import Consumer


class NotParked(LookupError):
    """Nothing is parked there (any more)."""


def retry(consumer: "Consumer", key: UUID) -> int:
    """Handle what is set aside of one post, oldest first, each in a transaction of its own;
    stop where one fails. Returns how many were handled."""
    handled = 0
    while _retry_oldest(consumer, key):
        handled += 1
    return handled


def discard(consumer: "Consumer", position: int, *, by: str, reason: str) -> int:
    """Raises NotParked. Returns how many of those that waited behind it were handled."""
    with transaction.atomic(using=consumer.alias):
        consumer.lock()
        row = consumer.parking.rows(State.PARKED).filter(position=position).first()
        if row is None:
            raise NotParked(position)
        row.state, row.discarded_by, row.reason = State.DISCARDED, by, reason
        row.save()
    return retry(consumer, row.key)


def _retry_oldest(consumer: "Consumer", key: UUID) -> bool:
    with transaction.atomic(using=consumer.alias):
        checkpoint = consumer.lock()
        row = consumer.parking.first(key)
        if row is None:
            return False
        try:
            with transaction.atomic(using=consumer.alias):
                fold = Fold()
                fold.add(consumer.handle(store.read([row.position])[row.position]))
                fold.write(consumer.alias)
        except Exception as error:
            if is_outage(error):
                raise
            row.failed(error, 1).save()
            return False
        row.delete()
        checkpoint.handled += 1
        checkpoint.save()  # at a new time: what is known of the old one is out of date
    return True
