"""After an append, wake the consumers of what was appended."""

import logging
from collections.abc import Set
from typing import Any

from django.dispatch import receiver

from eventstore.nudges import claim_idle, queue_of
from eventstore.signals import events_appended
from eventstore.tasks import consume

log = logging.getLogger(__name__)


@receiver(events_appended)
def wake_consumers(types: Set[str], **kwargs: Any) -> None:
    """Send one nudge to each consumer that subscribes to one of ``types``. A nudge that is lost
    costs time, never data: the sweep comes after it, and until then no request waits again for a
    broker that is down."""
    try:
        for consumer in claim_idle(types):
            consume.apply_async(args=(consumer,), queue=queue_of(consumer))
    except Exception as error:  # each broker has its own
        log.warning("no consumer was woken: %s", error)
