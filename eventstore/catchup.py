"""How a consumer catches up: batch by batch, around what fails."""

import logging
import random
import time
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from eventstore import correlation, store
from eventstore.models import Event
from eventstore.parking import ordering_key
from eventstore.rows import Fold

if TYPE_CHECKING:
    from eventstore.consumer import Consumer

log = logging.getLogger(__name__)

DELAYS = (0.1, 0.2, 0.4, 0.8)
"""At most so many seconds before each further try of an event that fails (full jitter)."""

TOLD = 20
"""Events of a batch up to which the log has a line for each; more are one line together."""


class Progress(NamedTuple):
    """What a catch-up did: events handled, the position reached, whether more is waiting."""

    handled: int
    position: int
    more: bool


def catch_up(consumer: "Consumer", seconds: float) -> Progress:
    """A batch that fails is rolled back and halved, until the event that fails stands alone: all
    before it is kept, it is tried a few times more, and parked."""
    until = time.monotonic() + seconds
    handled, position = 0, consumer.position()
    largest = size = int(settings.CONSUMER_BATCH)
    tries = 1
    while position < store.head_position():
        if time.monotonic() > until:
            return Progress(handled, position, more=True)
        try:
            count, position = _handle_batch(consumer, size)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if size > 1:
                size //= 2
            elif tries <= len(DELAYS):
                pause(tries)
                tries += 1
            else:
                position = _park_next(consumer, position, error, tries)
                tries = 1
        else:
            handled += count
            tries = 1
            size = min(size * 2, largest)
    return Progress(handled, position, more=False)


def pause(tries: int) -> None:
    """Wait before the next try: longer each time, and never all at once."""
    time.sleep(random.uniform(0, DELAYS[tries - 1] * settings.RETRY_SCALE))  # noqa: S311


def _handle_batch(consumer: "Consumer", size: int) -> tuple[int, int]:
    """Handle at most ``size`` events; returns how many, and the position reached."""
    with transaction.atomic(using=consumer.alias):
        checkpoint = consumer.lock()
        # Read before the events: what is appended in between is for the next batch.
        head = store.head_position()
        events = store.read_after(checkpoint.position, consumer.handlers, size)
        fold, waiting, blocked = Fold(), [], consumer.parking.blocked()
        for event in events:
            if blocked and ordering_key(event) in blocked:
                waiting.append(event)
            else:
                fold.add(consumer.handle(event))
        fold.write(consumer.alias)
        consumer.parking.wait(waiting)
        last = events[-1].position if events else checkpoint.position
        # Where nothing more matches, skip to the head: no rescan of what others say.
        checkpoint.position = last if len(events) == size else max(last, head)
        handled = len(events) - len(waiting)
        checkpoint.handled += handled
        checkpoint.save()
    _tell(consumer, events)
    return handled, checkpoint.position


def _tell(consumer: "Consumer", events: list[Event]) -> None:
    """Log what has been handled, each event with the correlation id of what it goes back to."""
    if len(events) > TOLD:
        first, last = events[0].position, events[-1].position
        log.info("%s came past %d events, %d to %d", consumer.name, len(events), first, last)
        return
    for event in events:
        with correlation.scope(event.correlation_id, event.id, consumer.name):
            log.info(
                "%s came past %s at %d",
                consumer.name,
                event.type,
                event.position,
                extra={
                    "consumer": consumer.name,
                    "type": event.type,
                    "position": event.position,
                    "event_id": str(event.id),
                },
            )


def _park_next(consumer: "Consumer", position: int, error: Exception, tries: int) -> int:
    """Park the event behind ``position``, which failed alone; returns the position reached."""
    with transaction.atomic(using=consumer.alias):
        checkpoint = consumer.lock()
        if checkpoint.position == position:  # else another worker came past it
            [event] = store.read_after(position, consumer.handlers, 1)
            consumer.parking.park(event, error, tries)
            checkpoint.position = event.position
            checkpoint.save()
            log.error("%s parked the event at %s: %r", consumer.name, event.position, error)
    return checkpoint.position
