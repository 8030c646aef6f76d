"""How a consumer catches up: batch by batch, around what fails and what hangs."""

import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction

from eventstore import deaths, store
from eventstore.hanging import Watch
from eventstore.logs import tell_handled
from eventstore.outages import is_outage
from eventstore.parking import State, ordering_key
from eventstore.rows import Fold
from eventstore.trouble import Trouble

if TYPE_CHECKING:
    from eventstore.consumer import Consumer

log = logging.getLogger(__name__)


class Progress(NamedTuple):
    """What a catch-up did: events handled, the position reached, whether more is waiting."""

    handled: int
    position: int
    more: bool


def catch_up(
    consumer: "Consumer", seconds: float, upto: int | None = None, batch: int | None = None
) -> Progress:
    """A batch that fails is rolled back, and what stands before the event that fails or hangs is
    handled without it. Then that one stands alone, is tried a few times more, and parked."""
    until = time.monotonic() + seconds
    handled, position = 0, consumer.position()
    largest = batch or int(settings.CONSUMER_BATCH)
    trouble = Trouble.after_deaths(consumer.name, position)
    size = 1 if trouble else largest
    while (head := store.head_position()) != position:
        if position > head:
            position = _step_back(consumer)
            continue
        if upto is not None and position >= upto:
            break
        # Not amid trouble: the next task would not know that this event has failed already.
        if time.monotonic() > until and trouble is None:
            return Progress(handled, position, more=True)
        if trouble and trouble.deaths >= deaths.MOST and _is_next(consumer, position, trouble):
            error = deaths.ProcessDied(f"{trouble.deaths} processes died at this event")
            position = _park_next(consumer, position, error, trouble.deaths)
            deaths.forget()
            trouble, size = None, largest
            continue
        watch = Watch(consumer.name, settings.HANDLER_TIME_LIMIT)
        try:
            count, position = _handle_batch(consumer, size, watch, upto)
        except Exception as failure:
            if is_outage(failure) or isinstance(failure, SoftTimeLimitExceeded):
                raise
            trouble = trouble or Trouble()
            if size > 1:
                size = trouble.narrow(size, watch)
            elif trouble.is_hopeless():
                position = _park_next(consumer, position, failure, trouble.tries)
                trouble = None
            else:
                trouble.pause()
        else:
            handled += count
            if trouble and position < trouble.position:
                size = 1
                continue
            if trouble and trouble.deaths:
                deaths.forget()
            trouble, size = None, min(size * 2, largest)
    return Progress(handled, position, more=False)


def _handle_batch(
    consumer: "Consumer", size: int, watch: Watch, upto: int | None
) -> tuple[int, int]:
    """Handle at most ``size`` events up to ``upto``, and no more than a part of the time limit
    takes; returns how many, and the position reached."""
    until = time.monotonic() + settings.BATCH_TIME
    with transaction.atomic(using=consumer.alias):
        checkpoint = consumer.lock()
        # Read before the events: what is appended in between is for the next batch.
        head = store.head_position()
        end = head if upto is None else min(head, upto)
        events = store.read_after(checkpoint.position, consumer.handlers, size, upto)
        is_last = len(events) < size
        fold, waiting, blocked = Fold(), [], consumer.parking.blocked()
        with watch.over_handlers():
            for done, event in enumerate(events):
                if done and time.monotonic() > until:
                    events, is_last = events[:done], False
                    break
                watch.begin(event.position)
                if blocked and ordering_key(event) in blocked:
                    waiting.append(event)
                else:
                    fold.add(consumer.handle(event))
        fold.write(consumer.alias)
        consumer.parking.wait(waiting)
        last = events[-1].position if events else checkpoint.position
        # Where nothing more matches, skip to the end: no rescan of what others say.
        checkpoint.position = max(last, end) if is_last else last
        handled = len(events) - len(waiting)
        checkpoint.handled += handled
        checkpoint.save()
    tell_handled(consumer.name, events)
    return handled, checkpoint.position


def _is_next(consumer: "Consumer", position: int, trouble: Trouble) -> bool:
    following = store.read_after(position, consumer.handlers, 1)
    return [event.position for event in following] == [trouble.position]


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


def _step_back(consumer: "Consumer") -> int:
    """The log ends before what is handled: it was restored to an earlier state. What it still has
    is handled; what comes next gets positions anew, and must not be passed over."""
    with transaction.atomic(using=consumer.alias):
        checkpoint = consumer.lock()
        head = store.head_position()
        if checkpoint.position > head:
            log.error(
                "%s had come to position %s, and the event store ends at %s: it was restored to an "
                "earlier state. What was said since is lost to it; %s goes on from its end",
                *(consumer.name, checkpoint.position, head, consumer.name),
            )
            consumer.parking.rows(*State).filter(position__gt=head).delete()
            checkpoint.position = head
            checkpoint.save()
    return checkpoint.position
