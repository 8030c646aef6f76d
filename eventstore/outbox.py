"""Publish an event in a service's own transaction, and relay it to the event store.

After the commit, the relay reads the outbox under the lock on ``Head``: it carries what its
neighbours wrote while it waited (group commit). If it dies between the store's commit and the
deletion of the outbox rows, the next relay appends the same ids again, and the store knows them.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any, Self
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from django.apps import apps
from django.db import Error, models
from django.utils import timezone

from eventstore import correlation, deadlines, store, telemetry
from eventstore.contracts import Contract, encode
from eventstore.models import Traced
from eventstore.outages import database_of, in_one_line
from eventstore.statements import connection_of, table
from eventstore.turns import Turns

log = logging.getLogger(__name__)

BATCH_EVENTS = 500
RELAY_BUDGET_SECONDS = 0.2  # a request relays what others left; the sweep relays the rest
RELAY_LIMIT_SECONDS = 5.0  # that a saved write waits for a store that is locked, or hangs
RELAYED = ("sequence", *store.NewEvent._fields)


class NotInTransaction(RuntimeError):
    """publish() outside a transaction could publish what is then not saved."""


class Outbox(Traced):
    """Events that wait in the service's own database until they are in the event store. They are
    committed together with the rows that they describe."""

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField()
    type = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    subject = models.UUIDField()
    time = models.DateTimeField()
    data = models.TextField()
    correlation_id = models.CharField(max_length=64)
    causation_id = models.UUIDField(null=True)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)  # of its contract

    class Meta:
        abstract = True
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"

    @classmethod
    def alias(cls) -> str:
        return table(cls).alias

    @classmethod
    def publish(cls, event: Contract) -> None:
        """Record ``event`` in the outbox; it is delivered after the commit, and never if the
        transaction rolls back. A repeat of an event that is derived from another has the same id
        and is appended once. Raises NotInTransaction without a transaction on this database."""
        scope = cls._scope()
        cls._insert([_new_event(event, scope.next_event_id(), scope)])

    @classmethod
    def publish_all(cls, events: Iterable[Contract]) -> None:
        """Record ``events`` in the outbox with few statements: at most one of each type about each
        subject. Their ids do not depend on their order, so that they may be published in chunks.
        Raises NotInTransaction."""
        scope = cls._scope()
        ids = ((each, scope.event_id_about(type(each).__name__, each.subject)) for each in events)
        cls._insert([_new_event(event, event_id, scope) for event, event_id in ids])

    @classmethod
    def _insert(cls, events: list[store.NewEvent]) -> None:
        if events:
            table(cls).insert(store.NewEvent._fields, events)

    @classmethod
    def _scope(cls) -> correlation.Scope:
        """What is published now belongs to this; it is relayed after the commit."""
        connection = connection_of(cls.alias())
        if not connection.in_atomic_block:
            raise NotInTransaction(f"open transaction.atomic(using={cls.alias()!r}) first")
        # For each event, since Django drops what a rolled back savepoint has registered.
        hook = _RelayOnce.of(connection, cls)
        connection.on_commit(hook.run, robust=True)
        return correlation.find() or correlation.Scope(str(uuid4()))

    @classmethod
    def recall(cls, event_id: UUID) -> None:
        """Count an event that was published before as published in the current scope: relay it, if
        it waits, and note its position where that is known."""
        if scope := correlation.find():
            scope.published.append(event_id)
            relay_quietly(cls, seconds=RELAY_BUDGET_SECONDS)


class _RelayOnce:
    """The relay after a transaction that published several events: the first hook to run does it,
    the others nothing."""

    _next: "WeakKeyDictionary[Any, dict[type[Outbox], Self]]" = WeakKeyDictionary()

    def __init__(self, outbox: type[Outbox]) -> None:
        self.outbox, self.has_run = outbox, False

    @classmethod
    def of(cls, connection: Any, outbox: type[Outbox]) -> Self:
        """The one for the connection's current transaction. One that never ran, since its
        transaction was rolled back, serves the next."""
        by_outbox = cls._next.setdefault(connection, {})
        if outbox not in by_outbox or by_outbox[outbox].has_run:
            by_outbox[outbox] = cls(outbox)
        return by_outbox[outbox]

    def run(self) -> None:
        if not self.has_run:
            self.has_run = True
            if scope := correlation.find():
                scope.committed = True
            with deadlines.within(RELAY_LIMIT_SECONDS):
                relay_quietly(self.outbox, seconds=RELAY_BUDGET_SECONDS)


def relay(outbox: type[Outbox], seconds: float = float("inf")) -> int:
    """Move all that waits in ``outbox`` to the store, or what can be moved in ``seconds``; returns
    how many rows. Raises the database's error if either database fails; then nothing is lost."""
    until, relayed, turns = time.monotonic() + seconds, 0, Turns(store.ALIAS)
    while True:
        relayed += (batch := _relay_batch(outbox))
        if batch < BATCH_EVENTS or time.monotonic() > until:
            return relayed
        turns.may_end()


def relay_quietly(
    outbox: type[Outbox], seconds: float = float("inf"), *, if_waiting: bool = False
) -> None:
    """Relay; if a database does not respond, the next relay or the sweep makes up for it. With
    ``if_waiting``, the store is not touched if the outbox is empty."""
    try:
        if not if_waiting or outbox._default_manager.exists():
            relay(outbox, seconds)
    except Error as error:
        log.warning("%s waits: %s: %s", outbox._meta.label, database_of(error), in_one_line(error))


def _new_event(event: Contract, event_id: UUID, scope: correlation.Scope) -> store.NewEvent:
    return store.NewEvent(
        id=event_id,
        type=type(event).__name__,
        source=event.source,
        subject=event.subject,
        time=timezone.now(),
        data=encode(event),
        correlation_id=scope.correlation_id,
        causation_id=scope.causation_id,
        version=event.version,
        traceparent=scope.trace.traceparent,
        tracestate=scope.trace.tracestate,
    )


def outboxes() -> list[type[Outbox]]:
    """The outboxes of the services in this process."""
    return [model for model in apps.get_models() if issubclass(model, Outbox)]


def _relay_batch(outbox: type[Outbox]) -> int:
    """Move the oldest rows, at most ``BATCH_EVENTS``; returns how many."""
    if (relayed := _relay_if_alone(outbox)) is not None:
        return relayed
    with store.locked_head() as head:
        waiting = _waiting(outbox, BATCH_EVENTS)  # read under the lock
        events = [store.NewEvent(*fields) for _, *fields in waiting]
        positions = head.append(events)
    _relayed(outbox, [row[0] for row in waiting], events, positions)
    return len(waiting)


def _relay_if_alone(outbox: type[Outbox]) -> int | None:
    """The relay of the only event that waits, if nobody else appends: then no lock is needed that
    is held from statement to statement. None if it has to be taken."""
    waiting = _waiting(outbox, 2) if store.appends_if_free() else []
    if len(waiting) != 1:
        return None
    [[sequence, *fields]] = waiting
    event = store.NewEvent(*fields)
    position = store.append_if_free(event)
    if position is None:
        return None
    _relayed(outbox, [sequence], [event], {event.id: position})
    return 1


def _waiting(outbox: type[Outbox], limit: int) -> list[Any]:
    return table(outbox).select(RELAYED, f"ORDER BY sequence LIMIT {limit}")


def _relayed(
    outbox: type[Outbox],
    sequences: list[int],
    events: list[store.NewEvent],
    positions: dict[UUID, int],
) -> None:
    """After the store's commit."""
    telemetry.appended(events)
    if sequences:
        _delete(outbox, sequences)
    _note_positions(positions)


def _delete(outbox: type[Outbox], sequences: list[int]) -> None:
    """If this is lost, the next relay deletes them: the store knows their ids."""
    table(outbox).delete(sequences, may_be_lost=True)


def _note_positions(positions: dict[UUID, int]) -> None:
    """Note in the current scope where its events are. A neighbour may have relayed them."""
    scope = correlation.find()
    if scope is None or not scope.published:
        return
    if (last := scope.published[-1]) not in positions:
        positions = {**positions, last: store.position_of(last) or 0}
    known = [positions.get(event_id, 0) for event_id in scope.published]
    scope.position = max(*known, scope.position or 0) or None
