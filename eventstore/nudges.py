"""Nudges: which consumers to wake, on which queue, and which of them have a nudge waiting.

A nudge carries no event, so one that waits serves for all that is appended meanwhile: none is sent
to a consumer that has one, or that does not subscribe to what was appended.
"""

from collections.abc import Set
from datetime import datetime

from django.conf import settings

from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS
from eventstore.models import Subscription
from eventstore.store import now


def queue_of(service: str) -> str:
    """The service's queue. With a ``QUEUE_PREFIX`` of its own, several installations can share a
    broker."""
    return f"{settings.QUEUE_PREFIX}{service}"


def claim_idle(types: Set[str]) -> list[str]:
    """The consumers that subscribe to events of these types and have no nudge waiting; from now on
    they have one."""
    rows = Subscription.objects.filter(nudged=False).values_list("consumer", "types")
    unknown = types - CONTRACTS.keys()  # these are for every consumer: see store.read_after
    idle = [consumer for consumer, wanted in rows if unknown or not types.isdisjoint(wanted)]
    if idle:
        Subscription.objects.filter(consumer__in=idle).update(nudged=True)
    return idle


def clear(consumer: str) -> None:
    """The nudge has arrived: the next event needs another."""
    Subscription.objects.filter(consumer=consumer, nudged=True).update(nudged=False)


def seen(consumer: str) -> None:
    """The consumer's worker is running: wake it from now on, and do not trust an old nudge."""
    types = sorted(consumers()[consumer].handlers)
    Subscription.objects.update_or_create(
        consumer=consumer, defaults={"seen_at": now(), "nudged": False, "types": types}
    )


def last_seen(consumer: str) -> datetime | None:
    """When the consumer's worker last swept; None if it never has."""
    rows = Subscription.objects.filter(consumer=consumer)
    return rows.values_list("seen_at", flat=True).first()
