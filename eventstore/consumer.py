"""A consumer: which events a service listens to, and how far it has come.

Live delivery, catching up after downtime and bringing a new service online are the one
path ``catch_up``.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import router

from eventstore import catchup, correlation, setaside, store
from eventstore.catchup import Progress
from eventstore.contracts import BadEvent, Contract, decode
from eventstore.messaging import Checkpoint, outboxes
from eventstore.models import Event
from eventstore.parking import ParkedEvent, Parking
from eventstore.rows import Delete, Returned

__all__ = ["Consumer", "Delete", "Progress", "consumers"]

Handler = TypeVar("Handler", bound=Callable[[Any], Returned])
_registry: dict[str, "Consumer"] = {}


@dataclass
class Consumer:
    """``name`` is the service's, and its queue's; ``checkpoint`` and ``parked`` are the service's
    own tables."""

    name: str
    checkpoint: type[Checkpoint]
    parked: type[ParkedEvent]
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

    def catch_up(
        self, seconds: float = float("inf"), upto: int | None = None, batch: int | None = None
    ) -> Progress:
        """Handle what is stored and not handled yet, in order, each event once, a batch a
        transaction. Returns when the end is reached, or the position ``upto``; or after
        ``seconds`` with ``more`` set. A batch is at most ``CONSUMER_BATCH`` events, or ``batch``.

        An event that cannot be handled, after a few tries, is parked; what belongs to the same
        post waits behind it. A database that does not answer is no event's fault: its error is
        raised.
        """
        return catchup.catch_up(self, seconds, upto, batch)

    def retry(self, key: UUID) -> int:
        """Handle again what is parked of one post, in order, and then what waits behind it; stops
        where one fails again. Returns how many were handled."""
        return setaside.retry(self, key)

    def discard(self, position: int, *, by: str, reason: str) -> int:
        """Leave the parked event at ``position`` out for good: by whom and why is kept. What
        waits behind it follows; returns how many of these were handled."""
        return setaside.discard(self, position, by=by, reason=reason)

    def position(self) -> int:
        """The position up to which all is handled, or set aside."""
        rows = self.checkpoint._default_manager.filter(consumer=self.name)
        return rows.values_list("position", flat=True).first() or 0

    def handled(self) -> int:
        """How many events took effect, ever."""
        rows = self.checkpoint._default_manager.filter(consumer=self.name)
        return rows.values_list("handled", flat=True).first() or 0

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

    def handle(self, event: Event) -> Returned:
        """Call the handler. Raises BadEvent, and whatever the handler raises."""
        contract = decode(event.type, event.data)
        with correlation.scope(event.correlation_id, event.id, self.name):
            return self.handlers[event.type](contract)

    def about(self, subject: UUID) -> list[Contract]:
        """The events about one post or comment that this consumer listens to, in order, whether
        it has handled them or not; but those that cannot be read, which are parked in their turn.
        """
        found = []
        for event in store.about(subject):
            if event.type in self.handlers:
                with suppress(BadEvent):
                    found.append(decode(event.type, event.data))
        return found

    def said_about(self, subject: UUID) -> list[Contract]:
        """What the consumer's own service has said about it, in order: that is more than it
        remembers, where its database was lost."""
        said = (event for event in store.about(subject) if event.source == self.name)
        return [decode(event.type, event.data) for event in said]

    @property
    def alias(self) -> str:
        return router.db_for_write(self.checkpoint)

    @property
    def parking(self) -> Parking:
        return Parking(self.name, self.parked)

    @property
    def publishes(self) -> bool:
        """It has an outbox, so handling an event again could say something again."""
        app = self.checkpoint._meta.app_label
        return any(outbox._meta.app_label == app for outbox in outboxes())


def consumers() -> dict[str, Consumer]:
    """The consumers of the services in this process, by name."""
    return dict(_registry)
