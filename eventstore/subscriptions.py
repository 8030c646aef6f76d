"""Who is to be woken, and who has a nudge waiting.

A nudge carries no event, so one that waits serves for all that is appended meanwhile:
none is sent to a consumer that has one, or that does not listen to what was appended.
"""

from collections.abc import Set
from datetime import datetime

from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS
from eventstore.models import Subscription
from eventstore.store import now


def claim_idle(types: Set[str]) -> list[str]:
    """The consumers that listen to events of these types and have no nudge waiting; from now on
    they have one."""
    rows = Subscription.objects.filter(nudged=False).values_list("consumer", "types")
    unknown = types - CONTRACTS.keys()  # these are for everyone: see store.read_after
    idle = [consumer for consumer, listens in rows if unknown or not types.isdisjoint(listens)]
    if idle:
        Subscription.objects.filter(consumer__in=idle).update(nudged=True)
    return idle


def clear(consumer: str) -> None:
    """The nudge has arrived: the next event needs another."""
    Subscription.objects.filter(consumer=consumer, nudged=True).update(nudged=False)


def seen(consumer: str) -> None:
    """The consumer's worker lives: wake it from now on, and do not trust an old nudge."""
    types = sorted(consumers()[consumer].handlers)
    Subscription.objects.update_or_create(
        consumer=consumer, defaults={"seen_at": now(), "nudged": False, "types": types}
    )


def last_seen(consumer: str) -> datetime | None:
    """When the consumer's worker last swept; None where it never has."""
    rows = Subscription.objects.filter(consumer=consumer)
    return rows.values_list("seen_at", flat=True).first()
