"""Parked events: those that a consumer could not handle, set aside so that the rest goes on.

All later events of the same post wait behind a parked one. A person has it retried, and what waits
follows in order, or discards it with a reason. Nothing is skipped silently.
"""

import traceback
from collections.abc import Set
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Self
from uuid import RFC_4122, UUID

import msgspec
from django.db import models
from django.db.models import Q
from django.utils import timezone

from eventstore.contracts import CONTRACTS, UNREADABLE
from eventstore.models import Event
from eventstore.store import Stored

ERROR_CHARACTERS = 500  # that are shown in a list


class State(models.TextChoices):
    PARKED = "parked", "parked: it failed"
    WAITING = "waiting", "waiting behind a parked one"
    DISCARDED = "discarded", "discarded by a person"


UNDECIDED = (State.PARKED, State.WAITING)  # what a person has to decide about
UNKNOWN = ("UnknownEvent: ", "BadEvent: no contract is called ")
"""What the error of an event begins with that only a newer program can read."""


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
    # A parked one that is to be retried. (No state of its own: an earlier version, which runs at
    # the same time during an upgrade, would not let later events of the post wait for it.)
    retry_at = models.DateTimeField(null=True, blank=True)  # since when
    retry_by = models.CharField(max_length=150, blank=True, default="", db_default="")

    class Meta:
        abstract = True
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["consumer", "position"], name="%(app_label)s_parked_once"
            ),
        )
        indexes = (models.Index(fields=["key", "position"], name="%(app_label)s_parked_of_key"),)

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
        self.state, self.retry_at = State.PARKED, None
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

    def at(self, position: int) -> ParkedEvent | None:
        """The undecided event at ``position``."""
        return self.rows(*UNDECIDED).filter(position=position).first()

    def is_anything_undecided(self) -> bool:
        return self.rows(*UNDECIDED).exists()

    def due_keys(self, limit: int, without: Set[UUID]) -> list[UUID]:
        """The posts, ``without`` these, for whose events nobody has to decide now, at most
        ``limit``, oldest first."""
        no_decision = models.Count("pk", filter=Q(state=State.PARKED, retry_at=None))
        keys = self.rows(*UNDECIDED).order_by().values("key")
        if without:
            keys = keys.exclude(key__in=without)
        due = keys.annotate(first=models.Min("position"), held=no_decision).filter(held=0)
        return list(due.order_by("first").values_list("key", flat=True)[:limit])

    def due(self, limit: int, without: Set[UUID]) -> list[ParkedEvent]:
        """The events of these posts, at most ``limit``, in order. They are locked: no person
        decides on them until the transaction ends."""
        keys = self.due_keys(limit, without)
        rows = self.rows(*UNDECIDED).filter(key__in=keys).select_for_update()
        return list(rows.defer("traceback").order_by("position")[:limit])

    def mark(self, by: str = "", **which: Any) -> int:
        """The parked events ``which`` are to be retried, as ``by`` wants; returns how many."""
        rows = self.rows(State.PARKED).filter(**which, retry_at=None)
        return rows.update(retry_at=timezone.now(), retry_by=by)

    def unknown(self) -> dict[int, UUID]:
        """What was parked since a program did not know its type or version, and is of a type that
        this one knows: the events' ids by the rows' keys."""
        parked = self.rows(State.PARKED).filter(type__in=list(CONTRACTS), retry_at=None)
        errors = (Q(error__startswith=beginning) for beginning in UNKNOWN)
        rows = parked.filter(reduce(or_, errors))
        return dict(rows.values_list("pk", "event_id"))

    def blocked(self) -> set[UUID]:
        """The posts whose events have to wait."""
        keys = self.rows(*UNDECIDED).order_by().values_list("key", flat=True)
        return set(keys.distinct())

    def forget_after(self, position: int) -> list[UUID]:
        """The log differs after ``position``: delete what is parked from there on. Returns the ids
        of the events that a person has discarded."""
        rows = self.rows(*State).filter(position__gt=position)
        discarded = rows.filter(state=State.DISCARDED).values_list("event_id", flat=True)
        ids = list(discarded)
        rows.delete()
        return ids

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
