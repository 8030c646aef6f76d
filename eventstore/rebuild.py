"""Rebuild a projection: replay the stored events into a fresh place, then switch in one step.

Readers see the old read model until the switch, the live consumer goes on with it. The switch
is a transaction that holds the consumer's checkpoint: no event is handled meanwhile, what came
since is handled into the fresh place, rows and position change together. Positions become
visible in order, so the appends need not wait.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.apps import apps
from django.db import models, transaction

from eventstore import store
from eventstore.consumer import Consumer
from eventstore.contracts import decode
from eventstore.messaging import Checkpoint
from eventstore.rows import Fold
from eventstore.staging import Staging

Progress = Callable[[int, int], None]
"""Called with the number of events replayed since the last call, and the position reached."""


class NotAProjection(ValueError):
    """The consumer publishes: replayed, it would say everything again."""


class Rebuilt(NamedTuple):
    """What a rebuild did. ``drift`` names, by table, the keys of live rows that were not what
    the events say; None where nobody asked."""

    events: int
    rows: int
    position: int
    seconds: float
    drift: dict[str, list[str]] | None = None


class Rebuild:
    """One rebuild of ``consumer``; ``chunk`` events are read and written at a time."""

    def __init__(self, consumer: Consumer, chunk: int, progress: Progress) -> None:
        if consumer.publishes:
            raise NotAProjection(
                f"{consumer.name} publishes events: replaying its past would say all of it again. "
                f"Only projections can be rebuilt; --missed delivers what it has not handled."
            )
        self.consumer, self.chunk, self.progress = consumer, chunk, progress
        self.events = self.position = 0

    def switch(self, until: int | None = None) -> Rebuilt:
        """Replace the live read model by a fresh one, built from the events up to ``until``
        (all where it is None)."""
        started = time.monotonic()
        with self._fresh() as tables:
            self._replay(store.head_position() if until is None else until)
            with transaction.atomic(using=self.consumer.alias):
                checkpoint = self.consumer.lock()
                self._replay(store.head_position() if until is None else until)
                rows = sum(table.replace_live() for table in tables.values())
                checkpoint.position = self.position
                checkpoint.save()
        return Rebuilt(self.events, rows, self.position, time.monotonic() - started)

    def compare(self, until: int | None = None) -> Rebuilt:
        """Change nothing; say how the live read model differs from a fresh one, both at the
        live one's position (or the fresh one at ``until``)."""
        started = time.monotonic()
        with self._fresh() as tables:
            self._replay(self.consumer.position() if until is None else until)
            with transaction.atomic(using=self.consumer.alias):
                checkpoint = self.consumer.lock()
                self._replay(checkpoint.position if until is None else until)
                rows = sum(table.count() for table in tables.values())
                drift = {
                    model._meta.db_table: table.differing_keys() for model, table in tables.items()
                }
        return Rebuilt(self.events, rows, self.position, time.monotonic() - started, drift)

    @contextmanager
    def _fresh(self) -> Iterator[dict[type[models.Model], Staging]]:
        alias = self.consumer.alias
        app = apps.get_app_config(self.consumer.checkpoint._meta.app_label)
        projections = [model for model in app.get_models() if not issubclass(model, Checkpoint)]
        self._tables = {model: Staging(model, alias) for model in projections}
        for table in self._tables.values():
            table.create()
        try:
            yield self._tables
        finally:
            for table in self._tables.values():
                table.drop()

    def _replay(self, upto: int) -> None:
        for events in store.scan(self.position, upto, self.consumer.handlers, self.chunk):
            fold = Fold()
            for event in events:
                handle = self.consumer.handlers[event.type]
                fold.add(handle(decode(event.type, event.data)))
            for model, there, gone in fold.by_model():
                self._tables[model].write(there, gone)
            self.events += len(events)
            self.position = events[-1].position
            self.progress(len(events), self.position)
        self.position = max(self.position, upto)
