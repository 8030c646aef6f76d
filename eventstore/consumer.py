"""A consumer: which events a service listens to, and how far it has come.

Live delivery, catching up after downtime and bringing a new service online are the one
path ``catch_up``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, router, transaction

from eventstore import correlation, store
from eventstore.contracts import Contract, decode
from eventstore.messaging import Checkpoint, outboxes
from eventstore.models import Event
from eventstore.rows import Delete, Fold, Returned

__all__ = ["Consumer", "Delete", "consumers"]

Handler = TypeVar("Handler", bound=Callable[[Any], Returned])
_registry: dict[str, "Consumer"] = {}


class Progress(NamedTuple):
    """What a catch-up did: events handled, the position reached, whether more is waiting."""

    handled: int
    position: int
    more: bool


@dataclass
class Consumer:
    """``name`` is the service's, and its queue's; ``checkpoint`` the service's own table."""

    name: str
    checkpoint: type[Checkpoint]
    handlers: dict[str, Callable[[Any], Returned]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _registry[self.name] = self

    def on(self, *contracts: type[Contract]) -> Callable[[Handler], Handler]:
        """Call the decorated function with each event of these types. It may write with the ORM,
        publish, or return rows (a model instance, ``Delete``, or several): these are upserted in
        bulk at the end of the batch, so the handlers of that batch do not see them."""

        def register(handler: Handler) -> Handler:
            self.handlers.update((contract.__name__, handler) for contract in contracts)
            return handler

        return register

    def catch_up(self, seconds: float = float("inf")) -> Progress:
        """Handle what is stored and not handled yet, in order, each event once, a batch a
        transaction. Returns when the end is reached, or after ``seconds`` with ``more`` set.

        A batch that fails is rolled back and halved, until the event that fails stands alone:
        all before it is kept, and its error is raised.
        """
        until = time.monotonic() + seconds
        handled, position, size = 0, self.position(), self._batch_size()
        while position < store.head_position():
            if time.monotonic() > until:
                return Progress(handled, position, more=True)
            try:
                count, position = self._handle_batch(size)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                if size == 1:
                    error.add_note(f"{self.name} stands before the event behind {position}")
                    raise
                size = max(1, size // 2)
            else:
                handled += count
                size = min(size * 2, self._batch_size())
        return Progress(handled, position, more=False)

    def position(self) -> int:
        """The position up to which all is handled."""
        rows = self.checkpoint._default_manager.filter(consumer=self.name)
        return rows.values_list("position", flat=True).first() or 0

    def has_come_to(self, position: int) -> bool:
        """Whether all that it listens to, up to ``position``, is handled. What others say moves
        its own position with the next event only, or the next sweep: it is not woken for it."""
        mine = self.position()
        return mine >= position or store.is_silent(mine, position, self.handlers)

    def lock(self) -> Checkpoint:
        """The checkpoint, locked until the transaction at hand ends: no event is handled
        meanwhile."""
        rows = self.checkpoint._default_manager.select_for_update()
        try:
            return rows.get(consumer=self.name)
        except self.checkpoint.DoesNotExist:
            self.checkpoint._default_manager.get_or_create(consumer=self.name)
            return rows.get(consumer=self.name)

    def about(self, subject: UUID) -> list[Contract]:
        """The events about one post or comment that this consumer listens to, in order, whether
        it has handled them or not."""
        events = store.about(subject)
        return [decode(event.type, event.data) for event in events if event.type in self.handlers]

    @property
    def alias(self) -> str:
        return router.db_for_write(self.checkpoint)

    @property
    def publishes(self) -> bool:
        """It has an outbox, so handling an event again could say something again."""
        app = self.checkpoint._meta.app_label
        return any(outbox._meta.app_label == app for outbox in outboxes())

    def _handle_batch(self, size: int) -> tuple[int, int]:
        """Handle at most ``size`` events; returns how many, and the position reached."""
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            # Read before the events: what is appended in between is for the next batch.
            head = store.head_position()
            events = store.read_after(checkpoint.position, self.handlers, size)
            fold = Fold()
            for event in events:
                fold.add(self._handle(event))
            fold.write(self.alias)
            last = events[-1].position if events else checkpoint.position
            # Where nothing more matches, skip to the head: no rescan of what others say.
            checkpoint.position = last if len(events) == size else max(last, head)
            checkpoint.save()
        return len(events), checkpoint.position

    def _handle(self, event: Event) -> Returned:
        with correlation.scope(event.correlation_id, event.id, self.name):
            return self.handlers[event.type](decode(event.type, event.data))

    def _batch_size(self) -> int:
        return int(settings.CONSUMER_BATCH)


def consumers() -> dict[str, Consumer]:
    """The consumers of the services in this process, by name."""
    return dict(_registry)
