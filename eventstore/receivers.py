"""What follows when events were appended: their consumers are woken."""

import logging
from typing import Any

from django.db import Error
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from eventstore import subscriptions
from eventstore.queues import queue_of
from eventstore.signals import events_appended
from eventstore.tasks import consume

log = logging.getLogger(__name__)


@receiver(events_appended)
def wake_consumers(**kwargs: Any) -> None:
    """One nudge to each consumer. A nudge that is lost costs time, never data: the sweep
    comes after it."""
    try:
        for consumer in subscriptions.claim_idle():
            consume.apply_async(args=(consumer,), queue=queue_of(consumer))
    except (OperationalError, OSError, Error) as error:
        log.warning("nobody was woken: %s", error)
