"""Waypoints: which events a consumer has come past, so that it notices a log that went back.

A log that was restored from a backup, or failed over to a replica that was behind, assigns the
positions after its end anew. A position alone cannot show that, once the log has grown past it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models.functions import Length
from django.utils import timezone

from eventstore import store

KEPT_EVENTS = 10_000  # as far back each event is known; further back, one position of as many
PRUNE_EVERY = 64  # waypoints
READ_WAYPOINTS = 500  # at a time
UUID_BYTES = 16


class Place(NamedTuple):
    """A position, and the id of the event that is there; None for the log's beginning."""

    position: int
    event_id: UUID | None


BEGINNING = Place(0, None)


class Reached(NamedTuple):
    """When an event took effect, at the end of its batch; and how many attempts had failed."""

    at: datetime
    failed: int


class Throughput(NamedTuple):
    """So many ``events`` took effect in the last ``seconds``."""

    events: int
    seconds: float


class Waypoint(models.Model):
    """A place in the log that a consumer has reached. Committed with its checkpoint."""

    consumer = models.CharField(max_length=64)
    position = models.BigIntegerField()
    event_id = models.UUIDField()
    handled = models.BinaryField(null=True)
    """The ids of the events that took effect since the waypoint before, 16 bytes each; None if
    that is too long ago."""
    is_lost = models.BooleanField(default=False)  # the log has no longer this event there
    reached_at = models.DateTimeField(null=True)  # None: not known
    retried = models.JSONField(null=True)
    """Of those that were parked before: the number of failed attempts, by event id."""

    class Meta:
        abstract = True
        indexes = (
            models.Index(fields=["consumer", "position"], name="%(app_label)s_waypoint_place"),
        )

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"


@dataclass
class Trail:
    """The waypoints of one consumer, in its service's table."""

    consumer: str
    model: type[Waypoint]

    def record(
        self, place: Place, handled: Iterable[UUID], retried: Mapping[UUID, int] | None = None
    ) -> None:
        """Add a waypoint: the consumer has come to ``place``, and these events took effect on its
        way, some of them ``retried`` after so many failed attempts. Thin out old ones from time to
        time."""
        added = self._at(place, b"".join(event_id.bytes for event_id in handled))
        added.reached_at = timezone.now()
        added.retried = {
            str(event_id): tries for event_id, tries in (retried or {}).items()
        } or None
        added.save()
        if added.pk % PRUNE_EVERY == 0:
            self._prune(place.position)

    def restart(self, place: Place) -> None:
        """Forget all waypoints: everything up to ``place`` has taken effect, as the log is now."""
        self._all().delete()
        blocks = range(KEPT_EVENTS, place.position, KEPT_EVENTS)
        places = [Place(*found) for found in store.ids_at(blocks).items()]
        if place.event_id:
            places.append(place)
        self.model._default_manager.bulk_create(self._at(each, None) for each in places)

    def last_common(self) -> Place:
        """The last waypoint that the log has as well."""
        waypoints = self._all().filter(is_lost=False).order_by("-position", "-pk")
        places = [Place(*row) for row in waypoints.values_list(*Place._fields)]
        for start in range(0, len(places), READ_WAYPOINTS):
            chunk = places[start : start + READ_WAYPOINTS]
            there = store.ids_at(place.position for place in chunk)
            for place in chunk:
                if there.get(place.position) == place.event_id:
                    return place
        return BEGINNING

    def lose_after(self, position: int, also: Iterable[UUID]) -> None:
        """The log differs after ``position``. What took effect since, and the events ``also``, do
        not take effect again, should the log still have them, or get them again."""
        self._all().filter(position__gt=position).update(is_lost=True)
        for event_id in also:
            lost = self._at(Place(position + 1, event_id), event_id.bytes)
            lost.is_lost = True
            lost.save()

    def lost(self) -> set[UUID]:
        """The ids of events that took effect before the log went back."""
        rows = self._all().filter(is_lost=True, handled__isnull=False)
        found: set[UUID] = set()
        for handled in rows.values_list("handled", flat=True):
            found.update(_ids(handled))
        return found

    def reached(self, events: Mapping[UUID, int]) -> dict[UUID, Reached]:
        """When these events took effect, of those of which it is still known. They are given with
        their positions, which are among the newest ``KEPT_EVENTS``."""
        found, missing = dict[UUID, Reached](), set(events)
        if not missing:
            return found
        rows = self._all().filter(
            position__gte=min(events.values()), handled__isnull=False, reached_at__isnull=False
        )
        names = ("handled", "reached_at", "retried")
        ordered = rows.order_by("position", "pk").values_list(*names)
        # Most are in the waypoint that follows. One that was parked took effect much later.
        for part in (ordered[:READ_WAYPOINTS], ordered[READ_WAYPOINTS:KEPT_EVENTS]):
            for handled, at, retried in part:
                for event_id in missing.intersection(_ids(handled)):
                    found[event_id] = Reached(at, (retried or {}).get(str(event_id), 0))
                missing.difference_update(found)
                if not missing:
                    return found
        return found

    def throughput(self, since: datetime) -> Throughput:
        """What took effect ``since`` then; or since a later waypoint, if there are too many to be
        read."""
        newest = self._all().filter(is_lost=False, reached_at__isnull=False)
        count = Length("handled", output_field=models.IntegerField())
        rows = newest.order_by("-position", "-pk").values_list("reached_at", count)
        read: list[tuple[datetime, int | None]] = list(rows[:READ_WAYPOINTS])
        now = timezone.now()
        if len(read) == READ_WAYPOINTS and read[-1][0] > since:
            since = read.pop()[0]
        handled = sum(size or 0 for at, size in read if at > since) // UUID_BYTES
        return Throughput(handled, max((now - since).total_seconds(), 0.001))

    def has_lost(self) -> bool:
        """Whether there are such events."""
        return self._all().filter(is_lost=True).exists()

    def _prune(self, position: int) -> None:
        old = self._all().filter(position__lt=position - KEPT_EVENTS)
        old.filter(is_lost=True).delete()
        rows = old.filter(handled__isnull=False).order_by("position").values_list("position", "pk")
        for block, kept in {at // KEPT_EVENTS: pk for at, pk in list(rows)}.items():
            end = (block + 1) * KEPT_EVENTS
            in_block = old.filter(position__gte=end - KEPT_EVENTS, position__lt=end)
            in_block.exclude(pk=kept).delete()
            in_block.update(handled=None)

    def _at(self, place: Place, handled: bytes | None) -> Waypoint:
        row: dict[str, Any] = {"consumer": self.consumer, "handled": handled, **place._asdict()}
        return self.model(**row)

    def _all(self) -> models.QuerySet[Waypoint]:
        return self.model._default_manager.filter(consumer=self.consumer)


def _ids(handled: bytes | memoryview | None) -> Iterator[UUID]:
    packed = bytes(handled or b"")
    for at in range(0, len(packed), UUID_BYTES):
        yield UUID(bytes=packed[at : at + UUID_BYTES])
