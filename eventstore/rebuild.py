"""Rebuild a projection: replay the stored events into fresh tables, then switch in one step.

Readers see the old read model until the switch, and the live consumer continues with it. The switch
is a transaction that holds the consumer's checkpoint: no event is handled meanwhile, what came
since is handled into the fresh tables, rows and position change together. Positions become
visible in order, so the appends need not wait.

A projection whose database was lost and made anew, empty, gets its tables back by itself, and its
rows from the events, as a new service does. So nothing of it is lost.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from django.apps import apps
from django.core.management import call_command
from django.db import Error, models, transaction

from eventstore import store
from eventstore.consumer import Checkpoint, Consumer
from eventstore.contracts import decode
from eventstore.models import Subscription
from eventstore.outages import is_missing_table, is_outage
from eventstore.parking import ParkedEvent, State, ordering_key
from eventstore.rows import Fold
from eventstore.staging import Staging
from eventstore.store import Stored

log = logging.getLogger(__name__)

CHUNK = 5_000
"""Events that a rebuild reads and writes at a time, unless another number is passed."""
OWN = (Checkpoint, ParkedEvent)  # not made of events: these are the consumer's own

Drift = dict[str, list[str]]
"""By table, the keys of live rows that differ from what the events yield."""
Progress = Callable[[int, int], None]
"""Called with the number of events replayed since the last call, and the position reached."""


class NotAProjection(ValueError):
    """The consumer publishes: a replay would publish everything again."""


class Rebuilt(NamedTuple):
    """What a rebuild did; ``drift`` is None if the rows were not compared."""

    events: int
    rows: int
    position: int
    seconds: float
    parked: int
    drift: Drift | None


class Rebuild:
    """One rebuild of ``consumer``; ``chunk`` events are read and written at a time."""

    def __init__(self, consumer: Consumer, chunk: int, progress: Progress) -> None:
        if consumer.publishes:
            raise NotAProjection(
                f"{consumer.name} publishes events: a replay would publish them all again. "
                f"Only projections can be rebuilt; --missed delivers what it has not handled."
            )
        self.consumer, self.chunk, self.progress = consumer, chunk, progress
        self.events = self.position = 0
        self._tables: dict[type[models.Model], Staging] = {}
        self._discarded = consumer.parking.discarded()
        self._blocked: set[UUID] = set()
        self._parked: list[ParkedEvent] = []

    def switch(self, until: int | None = None) -> Rebuilt:
        """Replace the live read model by a fresh one, built from the events up to ``until``
        (all where it is None)."""
        return self._run(until, store.head_position, self._replace_live)

    def compare(self, until: int | None = None) -> Rebuilt:
        """Change nothing; return how the live read model differs from a fresh one, both at the
        live one's position (or the fresh one at ``until``)."""
        return self._run(until, self.consumer.position, self._compare_with_live)

    def _run(
        self,
        until: int | None,
        end: Callable[[], int],
        finish: Callable[[Checkpoint], tuple[int, Drift | None]],
    ) -> Rebuilt:
        """Replay up to ``until``, or to ``end()``; then, with the checkpoint locked, what came
        since, and ``finish``."""
        started = time.monotonic()
        with self._fresh_tables():
            self._replay(end() if until is None else until)
            with transaction.atomic(using=self.consumer.alias):
                checkpoint = self.consumer.lock()
                self._replay(end() if until is None else until)
                rows, drift = finish(checkpoint)
        seconds = time.monotonic() - started
        return Rebuilt(self.events, rows, self.position, seconds, len(self._parked), drift)

    def _replace_live(self, checkpoint: Checkpoint) -> tuple[int, None]:
        rows = sum(table.replace_live() for table in self._tables.values())
        self.consumer.parking.replace(self._parked)
        checkpoint.position = self.position
        checkpoint.save()
        return rows, None

    def _compare_with_live(self, checkpoint: Checkpoint) -> tuple[int, Drift]:
        tables = self._tables.items()
        drift = {model._meta.db_table: table.differing_keys() for model, table in tables}
        return sum(table.count() for _, table in tables), drift

    @contextmanager
    def _fresh_tables(self) -> Iterator[None]:
        app = apps.get_app_config(self.consumer.checkpoint._meta.app_label)
        for model in app.get_models():
            if not issubclass(model, OWN):
                self._tables[model] = Staging(model, self.consumer.alias)
                self._tables[model].create()
        try:
            yield
        finally:
            for table in self._tables.values():
                table.drop()

    def _replay(self, upto: int) -> None:
        for events in store.scan(self.position, upto, self.consumer.handlers, self.chunk):
            self._replay_chunk(events)
            self.events += len(events)
            self.position = events[-1].position
            self.progress(len(events), self.position)
        self.position = max(self.position, upto)

    def _replay_chunk(self, events: Sequence[Stored]) -> None:
        """As when catching up: around what fails, what belongs together in order."""
        fold, waiting = Fold(), []
        try:
            for event in events:
                if event.position in self._discarded:
                    continue
                if self._blocked and ordering_key(event) in self._blocked:
                    waiting.append(event)
                else:
                    contract = decode(event.type, event.data)
                    fold.add(self.consumer.handlers[event.type](contract))
            for model, there, gone in fold.by_model():
                self._tables[model].write(there, gone)
        except Exception as error:
            if is_outage(error):
                raise
            if len(events) == 1:
                self._park(events[0], State.PARKED).failed(error, 1)
                return
            half = len(events) // 2
            self._replay_chunk(events[:half])
            self._replay_chunk(events[half:])
        else:
            for event in waiting:
                self._park(event, State.WAITING)

    def _park(self, event: Stored, state: State) -> ParkedEvent:
        row = self.consumer.parked.of(self.consumer.name, event, state)
        self._blocked.add(row.key)
        self._parked.append(row)
        return row


def ensure_tables(consumer: Consumer) -> None:
    """Create the projection's tables if its database has none. A consumer that publishes is left
    alone: what its service knew is not in the events, so a person has to restore it."""
    if consumer.publishes or _has_tables(consumer):
        return
    with transaction.atomic(using=store.ALIAS):
        # One worker at a time, on whatever machine it runs.
        list(Subscription.objects.select_for_update().filter(consumer=consumer.name))
        if not _has_tables(consumer):
            log.warning("%s has lost its tables: they are made anew", consumer.name)
            call_command("migrate", database=consumer.alias, interactive=False, verbosity=0)


def _has_tables(consumer: Consumer) -> bool:
    try:
        consumer.position()
    except Error as error:
        if not is_missing_table(error):
            raise
        return False
    return True
