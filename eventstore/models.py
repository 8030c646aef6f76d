"""The event store's tables: the log, its head, and the subscriptions."""

from collections.abc import Iterable, Set

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Coalesce
from django.utils import timezone

from eventstore.contracts import CONTRACTS
from eventstore.durability import repeatable
from eventstore.statements import table
from eventstore.tracing import TRACEPARENT_CHARACTERS, TRACESTATE_CHARACTERS, TraceContext

BY_CHARACTERS = 150  # of a user's name, as Django has it


class Traced(models.Model):
    """The place in a trace of the work that published an event. Both are unknown of events that an
    earlier program published, and the second is rare. (None and not empty: SQLite would copy the
    whole log to add a column with a default.)"""

    traceparent = models.CharField(max_length=TRACEPARENT_CHARACTERS, null=True)  # noqa: DJ001
    tracestate = models.CharField(max_length=TRACESTATE_CHARACTERS, null=True)  # noqa: DJ001

    class Meta:
        abstract = True

    @property
    def trace_context(self) -> TraceContext:
        return self.traceparent, self.tracestate


KIND = Coalesce("type", models.Value(""))
"""An event's type, for a condition beside ids, by which the events are to be found: no index serves
it. SQLite has no statistics, and would rather read all events of the type: 5 s instead of 0.01 s
for 300 subjects in a log of a million events."""


class Position(models.BigIntegerField):  # type: ignore[type-arg]  # has none at run time
    """A number in the log. As a key it is SQLite's own number of the row, without an index beside
    the table: an append writes one page less. (A log that is older than this has the index.)"""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Event(Traced):
    """One thing that happened, at its place in the log. Never changed, never deleted."""

    position = Position(primary_key=True)
    id = models.UUIDField(unique=True)
    type = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    subject = models.UUIDField(db_index=True)
    time = models.DateTimeField()
    data = models.TextField()
    correlation_id = models.CharField(max_length=64)
    causation_id = models.UUIDField(null=True)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)  # of its contract
    appended_at = models.DateTimeField(null=True)  # unknown as ``traceparent`` is

    class Meta:
        ordering = ("position",)
        indexes = (
            models.Index(fields=["correlation_id", "position"], name="event_journey"),
            models.Index(fields=["type", "position"], name="event_of_type"),
        )

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
    seen_at = models.DateTimeField(null=True)  # when its worker last swept, or was amid a long task
    paused_at = models.DateTimeField(null=True)  # since when its worker handles nothing
    paused_by = models.CharField(max_length=BY_CHARACTERS, blank=True, default="", db_default="")

    class Meta:
        permissions = (("pause_subscription", "Can pause and resume a consumer"),)

    def __str__(self) -> str:
        return self.consumer

    @classmethod
    def claim_idle(cls, types: Set[str]) -> list[str]:
        """The consumers that subscribe to events of these types, are not paused and have no nudge
        waiting; from now on they have one."""
        awake = "WHERE NOT nudged AND paused_at IS NULL"
        rows = table(cls).select(("consumer", "types"), awake)
        unknown = types - CONTRACTS.keys()  # these are for every consumer: see store.read_after
        idle = [consumer for consumer, wanted in rows if unknown or not types.isdisjoint(wanted)]
        if idle:
            with repeatable(cls.objects.db):
                cls.objects.filter(consumer__in=idle).update(nudged=True)
        return idle

    @classmethod
    def seen(cls, consumer: str, types: Iterable[str]) -> None:
        """The consumer's worker is running: wake it from now on, and do not trust an old nudge."""
        now = {"seen_at": timezone.now(), "nudged": False, "types": sorted(types)}
        with repeatable(cls.objects.db):
            cls.objects.update_or_create(consumer=consumer, defaults=now)

    @classmethod
    def nudge_arrived(cls, consumer: str) -> bool:
        """What is appended from now on needs another nudge. Returns whether the consumer is
        paused."""
        rows = table(cls).select(("nudged", "paused_at"), "WHERE consumer = %s", [consumer])
        nudged, paused_at = rows[0] if rows else (False, None)
        if nudged:
            with repeatable(cls.objects.db):
                cls.objects.filter(consumer=consumer).update(nudged=False)
        return paused_at is not None

    @classmethod
    def pause(cls, consumer: str, by: str) -> bool:
        """Its worker handles nothing from the next batch on, until ``resume``; also if it has never
        started. False if it is paused already."""
        row, _ = cls.objects.get_or_create(consumer=consumer)
        running = cls.objects.filter(pk=row.pk, paused_at=None)
        return bool(running.update(paused_at=timezone.now(), paused_by=by[:BY_CHARACTERS]))

    @classmethod
    def resume(cls, consumer: str) -> bool:
        """It continues from its checkpoint, with its next nudge or sweep. False if it is not
        paused."""
        paused = cls.objects.filter(consumer=consumer, paused_at__isnull=False)
        return bool(paused.update(paused_at=None, paused_by="", nudged=False))

    @classmethod
    def is_paused(cls, consumer: str) -> bool:
        return cls.objects.filter(consumer=consumer, paused_at__isnull=False).exists()

    @classmethod
    def paused(cls) -> set[str]:
        """The names of all consumers that are paused."""
        rows = cls.objects.filter(paused_at__isnull=False)
        return set(rows.values_list("consumer", flat=True))
