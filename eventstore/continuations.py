"""Continuations: the rest of what an event causes, where that is too much for one transaction.

The deletion of a post with 100,000 comments is one event. It is handled, and its further effects
follow in chunks: each is a transaction of bounded time, in turn with new events.
"""

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.db import models
from django.utils import timezone

from eventstore.models import Event, Traced
from eventstore.parking import ordering_key
from eventstore.store import Stored


class Continuation(Traced):
    """An event whose effects are not all done. Committed with those that are. It has what a handler
    needs of the event, which the log may lose meanwhile."""

    consumer = models.CharField(max_length=64)
    position = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.UUIDField()
    key = models.UUIDField()  # the post that it belongs to
    data = models.TextField()
    version = models.PositiveSmallIntegerField()
    correlation_id = models.CharField(max_length=64)
    begun_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["consumer", "event_id"], name="%(app_label)s_continued_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.type}"

    @classmethod
    def of(cls, consumer: str, event: Event | Stored) -> Self:
        """A new row for ``event``, not saved."""
        return cls(
            consumer=consumer,
            position=event.position,
            event_id=event.id,
            type=event.type,
            subject=event.subject,
            key=ordering_key(event),
            data=event.data,
            version=event.version,
            correlation_id=event.correlation_id,
            traceparent=event.traceparent,
            tracestate=event.tracestate,
        )

    @property
    def stored(self) -> Stored:
        """The event."""
        return Stored(
            self.position, self.event_id, self.type, self.subject, self.data, self.version
        )


class Open:
    """The continuations of one consumer that are not done. ``model`` is None for a service that has
    no such table."""

    def __init__(self, consumer: str, model: type[Continuation] | None) -> None:
        self.consumer, self.model = consumer, model

    def rows(self) -> models.QuerySet[Continuation]:
        if self.model is None:
            raise TypeError(f"{self.consumer} has no table of continuations")
        return self.model._default_manager.filter(consumer=self.consumer)

    def begin(self, event: Event | Stored) -> None:
        """More of what ``event`` causes is to follow."""
        if self.model is None:
            raise TypeError(f"{self.consumer} has no table of continuations")
        self.model.of(self.consumer, event).save()

    def first(self) -> Continuation | None:
        return self.rows().first() if self.model else None

    def subjects(self) -> set[UUID]:
        """What these events are about. Later events about the same have to wait."""
        return set(self.rows().values_list("subject", flat=True)) if self.model else set()

    def of(self, events: Iterable[UUID]) -> set[UUID]:
        """Those of these events, by id."""
        if self.model is None:
            return set()
        rows = self.rows().filter(event_id__in=list(events))
        return set(rows.values_list("event_id", flat=True))

    def keys(self) -> set[UUID]:
        """The posts that they belong to."""
        return set(self.rows().values_list("key", flat=True)) if self.model else set()
