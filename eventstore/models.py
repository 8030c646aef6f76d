"""The event store's tables: the log, its head, and the subscriptions."""

from collections.abc import Iterable, Set

from django.db import models
from django.utils import timezone

from eventstore.contracts import CONTRACTS


class Event(models.Model):
    """One thing that happened, at its place in the log. Never changed, never deleted."""

    position = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    type = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    subject = models.UUIDField(db_index=True)
    time = models.DateTimeField()
    data = models.TextField()
    correlation_id = models.CharField(max_length=64)
    causation_id = models.UUIDField(null=True)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.position} {self.type}"


class Head(models.Model):
    """One row: the last position assigned. Its lock is the right to append."""

    position = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "head"

    def __str__(self) -> str:
        return str(self.position)


class Subscription(models.Model):
    """A consumer that is to be woken. Its worker enters it here when it first starts. A nudge
    carries no event, so one that waits serves for all that is appended meanwhile."""

    consumer = models.CharField(max_length=64, primary_key=True)
    nudged = models.BooleanField(default=False)  # a nudge is on its way: no other is needed
    types = models.JSONField(default=list)  # of events: it is woken for no others
    seen_at = models.DateTimeField()  # when its worker last swept

    def __str__(self) -> str:
        return self.consumer

    @classmethod
    def claim_idle(cls, types: Set[str]) -> list[str]:
        """The consumers that subscribe to events of these types and have no nudge waiting; from
        now on they have one."""
        rows = cls.objects.filter(nudged=False).values_list("consumer", "types")
        unknown = types - CONTRACTS.keys()  # these are for every consumer: see store.read_after
        idle = [consumer for consumer, wanted in rows if unknown or not types.isdisjoint(wanted)]
        if idle:
            cls.objects.filter(consumer__in=idle).update(nudged=True)
        return idle

    @classmethod
    def seen(cls, consumer: str, types: Iterable[str]) -> None:
        """The consumer's worker is running: wake it from now on, and do not trust an old nudge."""
        now = {"seen_at": timezone.now(), "nudged": False, "types": sorted(types)}
        cls.objects.update_or_create(consumer=consumer, defaults=now)
