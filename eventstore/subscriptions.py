"""Who is to be woken, and who has a nudge waiting.

A nudge carries no event, so one that waits serves for all that is appended meanwhile:
none is sent to a consumer that has one.
"""

from datetime import datetime

from eventstore.models import Subscription
from eventstore.store import now


def claim_idle() -> list[str]:
    """The consumers without a waiting nudge; from now on they have one."""
    idle = list(Subscription.objects.filter(nudged=False).values_list("consumer", flat=True))
    if idle:
        Subscription.objects.filter(consumer__in=idle).update(nudged=True)
    return idle


def clear(consumer: str) -> None:
    """The nudge has arrived: the next event needs another."""
    Subscription.objects.filter(consumer=consumer, nudged=True).update(nudged=False)


def seen(consumer: str) -> None:
    """The consumer's worker lives: wake it from now on, and do not trust an old nudge."""
    Subscription.objects.update_or_create(
        consumer=consumer, defaults={"seen_at": now(), "nudged": False}
    )


def last_seen(consumer: str) -> datetime | None:
    """When the consumer's worker last swept; None where it never has."""
    rows = Subscription.objects.filter(consumer=consumer)
    return rows.values_list("seen_at", flat=True).first()
