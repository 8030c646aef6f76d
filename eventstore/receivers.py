"""What follows when events were appended: their consumers are woken."""

import logging
from collections.abc import Set
from typing import Any

from django.dispatch import receiver

from eventstore import subscriptions
from eventstore.queues import queue_of
from eventstore.signals import events_appended
from eventstore.tasks import consume

log = logging.getLogger(__name__)


@receiver(events_appended)
def wake_consumers(types: Set[str], **kwargs: Any) -> None:
    """One nudge to each consumer that listens to one of ``types``. A nudge that is lost costs
    time, never data: the sweep comes after it, and until then nobody waits again for a broker
    that is down."""
    try:
        for consumer in subscriptions.claim_idle(types):
            consume.apply_async(args=(consumer,), queue=queue_of(consumer))
    except Exception as error:  # each broker has its own
        log.warning("nobody was woken: %s", error)
