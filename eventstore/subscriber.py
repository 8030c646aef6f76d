"""A subscriber: the events that a service subscribes to, the checkpoint up to which it has handled
them, and the log that this stands on.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models, router, transaction
from django.utils import timezone

from eventstore import correlation, store, tallies, telemetry
from eventstore.continuations import Continuation, Open
from eventstore.contracts import BadEvent, Contract, UnknownEvent, decode
from eventstore.correlation import Scope
from eventstore.models import Event
from eventstore.outbox import outboxes
from eventstore.parking import UNDECIDED, ParkedEvent, Parking
from eventstore.rows import Returned
from eventstore.store import Stored
from eventstore.waypoints import BEGINNING, Place, Trail, Waypoint

log = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[[Any], Returned])
Chunk = TypeVar("Chunk", bound=Callable[[Any, int], bool])


class LogWentBack(Exception):
    """The log has another event where the consumer stands, or none: it was restored to an earlier
    state."""


class Lag(NamedTuple):
    """How far a consumer is behind the log: ``events`` that it subscribes to wait after
    ``position``, the oldest of them for ``seconds``."""

    position: int
    events: int
    seconds: float


class Checkpoint(models.Model):
    """How far a consumer has come. Committed together with what its handlers wrote, so that
    every event takes effect once."""

    consumer = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    handled = models.BigIntegerField(default=0)  # events that took effect; not by a rebuild
    updated_at = models.DateTimeField(auto_now=True)
    # Which event is at which position, as far as known: a program that does not write these moves
    # the position alone.
    event_id = models.UUIDField(null=True)
    event_position = models.BigIntegerField(default=0, db_default=0)
    has_lost = models.BooleanField(default=False, db_default=False)
    """Whether there are events that took effect and that the log has lost since."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"

    @property
    def place(self) -> Place:
        return Place(self.event_position, self.event_id)

    def come_to(self, place: Place) -> None:
        self.position = self.event_position = place.position
        self.event_id = place.event_id


@dataclass
class Subscriber:
    """``name`` is the service's, and its queue's; ``checkpoint``, ``parked``, ``waypoints`` and,
    if it does something in chunks, ``continuations`` are the service's own tables."""

    name: str
    checkpoint: type[Checkpoint]
    parked: type[ParkedEvent]
    waypoints: type[Waypoint]
    continuations: type[Continuation] | None = None
    handlers: dict[str, Callable[[Any], Returned]] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)
    chunks: dict[str, Callable[[Any, int], bool]] = field(default_factory=dict)

    def handles(
        self, *contracts: type[Contract], reads: bool = False
    ) -> Callable[[Handler], Handler]:
        """Call the decorated function with each event of these types. It may write with the ORM,
        publish, or return rows (``Upsert``, ``Delete``, a model instance, or several): these are
        written in bulk at the end of the batch, so the handlers of that batch do not see them. One
        that ``reads`` such rows sees them: they are written before it is called."""

        def register(handler: Handler) -> Handler:
            names = [contract.__name__ for contract in contracts]
            self.handlers.update(dict.fromkeys(names, handler))
            (self.readers.update if reads else self.readers.difference_update)(names)
            return handler

        return register

    def in_chunks(self, *contracts: type[Contract]) -> Callable[[Chunk], Chunk]:
        """Call the decorated function after the handler of these types, with the event and a limit:
        it does at most so many of the event's effects, and returns whether more are left. Then it
        is called again, each time in a transaction of its own, in turn with later events; those
        about the same subject wait. For services that publish, as a rebuild does no chunks."""

        def register(chunk: Chunk) -> Chunk:
            self.chunks.update((contract.__name__, chunk) for contract in contracts)
            return chunk

        return register

    def handle(self, event: Event) -> Returned:
        """Call the handler, if there is one: an earlier version may have parked what this one does
        not subscribe to. Raises BadEvent, and whatever the handler raises."""
        contract = decode(event.type, event.data, event.version)
        if event.type not in self.handlers:
            return None
        with correlation.scopes():
            return self.call(event, contract)

    def call(self, event: Event | Stored, contract: Contract) -> Returned:
        """Call the handler, and do the first chunk of what else the event causes: in a scope of its
        own, within ``correlation.scopes``."""
        correlation.begin(partial(_scope_of, event, self.name))
        if settings.TRACES and (scope := correlation.find()):
            with telemetry.handling(scope, self.name, event):
                return self._call(event, contract)
        return self._call(event, contract)

    def _call(self, event: Event | Stored, contract: Contract) -> Returned:
        returned = self.handlers[event.type](contract)
        if (chunk := self.chunks.get(event.type)) and chunk(contract, settings.CHUNK_ROWS):
            self.open.begin(event)
        return returned

    def do_chunk(self, row: Continuation, limit: int) -> bool:
        """Do the next ``limit`` of what the event causes; returns whether more are left."""
        contract = decode(row.type, row.data, row.version)
        context = row.trace_context
        with (
            correlation.scope(row.correlation_id, row.event_id, self.name, context) as scope,
            telemetry.handling(scope, self.name, row),
        ):
            return self.chunks[row.type](contract, limit)

    def is_unfinished(self, subject: UUID) -> bool:
        """Whether an event about it took effect and more of that is still to come: in chunks, or
        with the retry of one that failed."""
        of_it = self.parking.rows(*UNDECIDED).filter(key=subject, type__in=list(self.chunks))
        return subject in self.open.subjects() or of_it.exists()

    def lock(self) -> Checkpoint:
        """The checkpoint, locked until the transaction ends: no event is handled meanwhile."""
        rows = self.checkpoint._default_manager.select_for_update()
        return rows.get_or_create(consumer=self.name)[0]

    def advance(
        self,
        checkpoint: Checkpoint,
        place: Place | None,
        handled: Sequence[UUID] = (),
        retried: Mapping[UUID, int] | None = None,
    ) -> None:
        """These events took effect, some of them ``retried`` after so many failed attempts: save
        the checkpoint at ``place``, or where it is."""
        if place:
            checkpoint.come_to(place)
        handled_before = checkpoint.handled
        checkpoint.handled += len(handled)
        tallies.hold(checkpoint, handled_before, checkpoint.handled)
        # Nothing is known of the place if a program moved it that knows no waypoints.
        if checkpoint.event_id and (place or handled):
            self.trail.record(checkpoint.place, handled, retried)
            if checkpoint.has_lost:
                checkpoint.has_lost = self.trail.has_lost()
        checkpoint.save()

    def place_at(self, position: int) -> Place:
        """Raises LogWentBack if the log has no event there."""
        if (event_id := store.ids_at([position]).get(position)) is None:
            raise LogWentBack
        return Place(position, event_id)

    # --- The log it stands on

    def log_went_back(self) -> bool:
        """Whether the log ends before the consumer's position, or has another event there."""
        checkpoint = self._checkpoint()
        return checkpoint is not None and not self._is_in_log(checkpoint)

    def _is_in_log(self, checkpoint: Checkpoint) -> bool:
        head, here = store.head_and_id_at(checkpoint.event_position)
        return checkpoint.position <= head and here == checkpoint.event_id

    def position_and_head(self) -> tuple[int, int]:
        """The position up to which everything is handled, in the log as it is now; and the position
        of the last event."""
        checkpoint = self._checkpoint()
        if checkpoint is None or not checkpoint.position:
            return 0, store.head_position()
        head, here = store.head_and_id_at(checkpoint.event_position)
        if checkpoint.position > head or here != checkpoint.event_id:
            return self.step_back(), store.head_position()
        if checkpoint.event_position != checkpoint.position:
            self._adopt()
        return checkpoint.position, head

    def _last_common(self, checkpoint: Checkpoint) -> Place:
        """The last place that the log has in common with what is handled."""
        head, here = store.head_and_id_at(checkpoint.event_position)
        if here != checkpoint.event_id:
            return self.trail.last_common()
        return self.place_at(head) if head else BEGINNING

    def _adopt(self) -> None:
        """A program that knows no waypoints has moved the checkpoint: begin with the log as it is
        now."""
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            if checkpoint.event_position != checkpoint.position:
                if checkpoint.event_id is None:
                    self.restart(checkpoint, checkpoint.position)
                else:
                    self.advance(checkpoint, self.place_at(checkpoint.position))

    def restart(self, checkpoint: Checkpoint, position: int) -> None:
        """Save the locked checkpoint at ``position``: everything up to there has taken effect, as
        the log is now."""
        place = self.place_at(position) if position else BEGINNING
        self.trail.restart(place)
        checkpoint.come_to(place)
        checkpoint.has_lost = False
        checkpoint.save()

    def step_back(self) -> int:
        """The log was restored to an earlier state: go back to the last place that it has in common
        with what is handled, and continue from there; returns the position. What took effect
        already does not take effect again."""
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            if self._is_in_log(checkpoint):  # another worker was faster
                return checkpoint.position
            before, head = checkpoint.position, store.head_position()
            common = self._last_common(checkpoint)
            discarded = self.parking.forget_after(common.position)
            self.trail.lose_after(common.position, discarded)
            checkpoint.has_lost = True
            checkpoint.come_to(common)
            checkpoint.save()
        log.error(
            "%s had come to position %s, and the event store has another event there, or ends at "
            "%s: it was restored to an earlier state. %s continues from position %s, the last that "
            "both have. What the log has lost, its service publishes again by "
            "'manage.py republish SERVICE'",
            *(self.name, before, head, self.name, common.position),
        )
        return common.position

    # --- What it has done, and what the log holds for it

    def position(self) -> int:
        """The position up to which everything is handled, or parked."""
        checkpoint = self._checkpoint()
        return checkpoint.position if checkpoint else 0

    def handled(self) -> int:
        """How many events took effect, ever."""
        checkpoint = self._checkpoint()
        return checkpoint.handled if checkpoint else 0

    def _checkpoint(self) -> Checkpoint | None:
        return self.checkpoint._default_manager.filter(consumer=self.name).first()

    def lag(self) -> Lag:
        """How far it is behind the log: behind the last place that both have in common, if the log
        went back."""
        checkpoint = self._checkpoint()
        position = checkpoint.position if checkpoint else 0
        if checkpoint and not self._is_in_log(checkpoint):
            position = self._last_common(checkpoint).position
        events, since = store.backlog(position, self.handlers)
        seconds = (timezone.now() - since).total_seconds() if since else 0.0
        return Lag(position, events, max(0.0, seconds))  # a clock may have been set back

    def has_come_to(self, position: int) -> bool:
        """Whether all that it subscribes to, up to ``position``, is handled. Other events move its
        own position with the next event only, or the next sweep: it is not woken for them."""
        mine = self.position()
        return mine >= position or store.is_silent(mine, position, self.handlers)

    def events_about(self, subject: UUID) -> list[Contract]:
        """The events about one post or comment that this consumer subscribes to, in order, whether
        it has handled them or not; without those that cannot be read, which are parked in turn."""
        found = []
        for event in store.about(subject):
            if event.type in self.handlers:
                with suppress(BadEvent):
                    found.append(decode(event.type, event.data, event.version))
        return found

    def types_about(self, subject: UUID) -> list[str]:
        """The types of these events, and of those that only a newer program can read."""
        found = []
        for event in store.about(subject):
            if event.type in self.handlers:
                with suppress(BadEvent):
                    with suppress(UnknownEvent):
                        decode(event.type, event.data, event.version)
                    found.append(event.type)
        return found

    def published_about(self, subject: UUID) -> list[Contract]:
        """What the consumer's own service has published about it, in order: that is more than it
        remembers if its database was lost."""
        own = (event for event in store.about(subject) if event.source == self.name)
        return [decode(event.type, event.data, event.version) for event in own]

    @property
    def alias(self) -> str:
        return router.db_for_write(self.checkpoint)

    @property
    def open(self) -> Open:
        return Open(self.name, self.continuations)

    @property
    def trail(self) -> Trail:
        return Trail(self.name, self.waypoints)

    @property
    def parking(self) -> Parking:
        return Parking(self.name, self.parked)

    @property
    def publishes(self) -> bool:
        """It has an outbox, so handling an event again could publish something again."""
        app = self.checkpoint._meta.app_label
        return any(outbox._meta.app_label == app for outbox in outboxes())


def _scope_of(event: Event | Stored, consumer: str) -> Scope:
    return Scope(event.correlation_id, event.id, consumer, event.trace_context)
