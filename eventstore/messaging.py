"""The tables that a service needs to take part, to be subclassed in its ``models.py``.

``Outbox`` for a service that says something, ``Checkpoint`` and ``ParkedEvent`` for one that
listens. Which of them a service has is its role.
"""

from functools import partial, update_wrapper
from typing import Any, Self

from django.apps import apps
from django.db import models, router, transaction

from eventstore import correlation
from eventstore.contracts import Contract, encode
from eventstore.parking import ParkedEvent
from eventstore.relay import PATIENCE, relay_quietly
from eventstore.store import now

__all__ = ["Checkpoint", "NotInTransaction", "Outbox", "ParkedEvent", "outboxes"]


class NotInTransaction(RuntimeError):
    """publish() outside a transaction could say what was then not saved."""


class Outbox(models.Model):
    """Events that wait in the service's own database until they are in the event store.

    They are committed together with the rows that they speak of; after the commit the relay
    carries them over and deletes them here.
    """

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField()
    type = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    subject = models.UUIDField()
    time = models.DateTimeField()
    data = models.TextField()
    correlation_id = models.CharField(max_length=64)
    causation_id = models.UUIDField(null=True)

    class Meta:
        abstract = True
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"

    @classmethod
    def alias(cls) -> str:
        return router.db_for_write(cls)

    @classmethod
    def publish(cls, event: Contract) -> Self:
        """Say ``event`` if, and only if, the transaction at hand commits. A repeat of an event
        that is derived from another is known by its id and taken once.

        Raises NotInTransaction where there is no transaction on the outbox's database.
        """
        connection = transaction.get_connection(cls.alias())
        if not connection.in_atomic_block:
            raise NotInTransaction(f"open transaction.atomic(using={cls.alias()!r}) first")
        scope = correlation.current()
        row = cls._default_manager.create(
            id=scope.next_event_id(),
            type=type(event).__name__,
            source=event.source,
            subject=event.subject,
            time=now(),
            data=encode(event),
            correlation_id=scope.correlation_id,
            causation_id=scope.causation_id,
        )
        cls._relay_on_commit(connection)
        return row

    @classmethod
    def _relay_on_commit(cls, connection: Any) -> None:
        """One relay carries all that a transaction published."""
        waiting = (hook[1] for hook in connection.run_on_commit)
        if not any(isinstance(hook, partial) and hook.args == (cls,) for hook in waiting):
            hook = partial(relay_quietly, cls, seconds=PATIENCE)
            # Django names the hook that fails; a partial without a name would then fail itself.
            update_wrapper(hook, relay_quietly)
            transaction.on_commit(hook, using=cls.alias(), robust=True)


class Checkpoint(models.Model):
    """How far a consumer has come. Committed together with what its handlers wrote, so that
    every event takes effect once."""

    consumer = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    handled = models.BigIntegerField(default=0)
    """Events that took effect, one by one or in batches; a rebuild is not counted."""
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"


def outboxes() -> list[type[Outbox]]:
    """The outboxes of the services in this process."""
    return [model for model in apps.get_models() if issubclass(model, Outbox)]
