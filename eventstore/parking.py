"""Parked events: those that a consumer could not handle, set aside so that the rest goes on.

All later events of the same post wait behind a parked one. A person retries it, and what waits
follows in order, or discards it with a reason. Nothing is skipped silently.
"""

import traceback
from dataclasses import dataclass
from typing import Self
from uuid import RFC_4122, UUID

import msgspec
from django.db import models
from django.utils import timezone

from eventstore.contracts import UNREADABLE
from eventstore.models import Event
from eventstore.store import Stored

ERROR_CHARACTERS = 500  # that are shown in a list


class State(models.TextChoices):
    PARKED = "parked", "parked: it failed"
    WAITING = "waiting", "waiting behind a parked one"
    DISCARDED = "discarded", "discarded by a person"


UNDECIDED = (State.PARKED, State.WAITING)  # what a person has to decide about


class ParkedEvent(models.Model):
    """Committed with the checkpoint that moved past it."""

    consumer = models.CharField(max_length=64)
    position = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    key = models.UUIDField()  # what must stay in order: the post that the event belongs to
    state = models.CharField(max_length=9, choices=State.choices, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=ERROR_CHARACTERS, blank=True)
    traceback = models.TextField(blank=True)
    parked_at = models.DateTimeField(default=timezone.now)
    discarded_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # why a person discarded it

    class Meta:
        abstract = True
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["consumer", "position"], name="%(app_label)s_parked_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.type}"

    @classmethod
    def of(cls, consumer: str, event: Event | Stored, state: State) -> Self:
        """A new row for ``event``, not saved."""
        return cls(
            consumer=consumer,
            position=event.position,
            event_id=event.id,
            type=event.type,
            key=ordering_key(event),
            state=state,
        )

    def failed(self, error: Exception, attempts: int) -> Self:
        """Note why it is parked."""
        self.state = State.PARKED
        self.attempts += attempts
        self.error = f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_CHARACTERS]
        self.traceback = "".join(traceback.format_exception(error)).replace("\0", "")
        return self


@dataclass
class Parking:
    """What one consumer has parked in its service's table."""

    consumer: str
    model: type[ParkedEvent]

    def rows(self, *states: State) -> models.QuerySet[ParkedEvent]:
        return self.model._default_manager.filter(consumer=self.consumer, state__in=states)

    def blocked(self) -> set[UUID]:
        """The posts whose events have to wait."""
        keys = self.rows(*UNDECIDED).order_by().values_list("key", flat=True)
        return set(keys.distinct())

    def first(self, key: UUID) -> ParkedEvent | None:
        """The event of this post that all the others wait for."""
        return self.rows(*UNDECIDED).filter(key=key).first()

    def discarded(self) -> set[int]:
        """The positions to skip."""
        return set(self.rows(State.DISCARDED).values_list("position", flat=True))


class _OfPost(msgspec.Struct):
    post_id: UUID


def ordering_key(event: Event | Stored) -> UUID:
    """The post that the event belongs to; its subject if the data cannot be read, or names the post
    by an improper UUID (MariaDB would not take it, and nothing could be parked)."""
    try:
        post_id = msgspec.json.decode(event.data, type=_OfPost).post_id
    except UNREADABLE:
        return event.subject
    return post_id if post_id.variant == RFC_4122 else event.subject
