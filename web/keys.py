"""Idempotency keys: a write that is sent again under its key is done once. A service that accepts
writes has a table of them, subclassed in its ``models.py``.

A key is inserted in the transaction of its write, first. So both are there or neither is, even
where the response to the COMMIT was lost; and of two requests at a time, the second waits at the
insert until the first has ended.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.apps import apps
from django.db import Error, IntegrityError, models, router, transaction
from django.utils import timezone

from eventstore import correlation
from eventstore.outages import in_one_line

if TYPE_CHECKING:  # it has models, and a program may serve pages without the event store
    from eventstore.outbox import Outbox

log = logging.getLogger(__name__)

HEADER, FIELD = "Idempotency-Key", "idempotency_key"  # of an API request, and of a form
PATTERN = "^[!-~]{1,255}$"  # ASCII without spaces and control characters
MAX_AGE = timedelta(hours=24)
DELETE_BATCH_ROWS = 500
DELETE_BUDGET_SECONDS = 1.0


class KeyIsTaken(Exception):
    """Another request was sent under this key."""


class IdempotencyKey(models.Model):
    """A key, and the response to the request that was sent under it."""

    key = models.CharField(max_length=64, primary_key=True)  # a digest; so is the request
    request = models.CharField(max_length=64)
    response = models.TextField()
    event_id = models.UUIDField(null=True)  # the last that the request published
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    outbox: ClassVar["type[Outbox]"]
    """That of the same service."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @classmethod
    def once(cls, key: Any, request: Any, write: Callable[[], str | None]) -> str | None:
        """Do ``write`` and keep its response, in one transaction; or return the response that is
        kept under this ``key``. Where ``write`` raises or returns None, it is rolled back and
        nothing is kept. ``key`` and ``request`` are JSON values. Raises KeyIsTaken where the key
        was sent with another ``request``."""
        digests = _digest(key), _digest(request)
        while True:
            try:
                with transaction.atomic(using=router.db_for_write(cls), durable=True):
                    return cls._insert(*digests)._respond(write)
            except _Exists:
                kept = cls._default_manager.filter(key=digests[0]).first()
            if kept is None:  # it has expired meanwhile
                continue
            if kept.created_at < _oldest():
                cls._expired().filter(key=kept.key).delete()
                continue
            if kept.request != digests[1]:
                raise KeyIsTaken
            if kept.event_id:
                cls.outbox.recall(kept.event_id)
            return kept.response

    @classmethod
    def is_known(cls, key: Any) -> bool:
        """Whether a response is kept under this ``key``."""
        current = cls._default_manager.filter(created_at__gte=_oldest())
        return current.filter(key=_digest(key)).exists()

    @classmethod
    def delete_expired(cls) -> int:
        """Delete keys that are older than MAX_AGE, in batches, for a bounded time; returns how
        many."""
        until, deleted = time.monotonic() + DELETE_BUDGET_SECONDS, 0
        while time.monotonic() < until:
            oldest = cls._expired().order_by("created_at").values_list("key", flat=True)
            batch = list(oldest[:DELETE_BATCH_ROWS])
            if batch:
                deleted += cls._expired().filter(key__in=batch).delete()[0]
            if len(batch) < DELETE_BATCH_ROWS:
                break
        return deleted

    @classmethod
    def _expired(cls) -> models.QuerySet[Self]:
        return cls._default_manager.filter(created_at__lt=_oldest())

    @classmethod
    def _insert(cls, key: str, request: str) -> Self:
        try:
            return cls._default_manager.create(key=key, request=request)
        except IntegrityError as error:
            raise _Exists from error

    def _respond(self, write: Callable[[], str | None]) -> str | None:
        scope = correlation.find()
        before = len(scope.published) if scope else 0
        response = write()
        if response is None:
            transaction.set_rollback(True, using=router.db_for_write(type(self)))
            return None
        self.response = response
        if scope and len(scope.published) > before:
            self.event_id = scope.published[-1]
        self.save(update_fields=["response", "event_id"])
        return response


def delete_expired(service: str, **kwargs: Any) -> None:
    """A receiver of ``swept``: the old keys of this service can go."""
    for model in apps.get_app_config(service).get_models():
        if issubclass(model, IdempotencyKey):
            try:
                model.delete_expired()
            except Error as error:  # they can wait, the events cannot
                log.warning("old idempotency keys stay: %s", in_one_line(error))


def is_key(text: str) -> bool:
    """Whether ``text`` is of the form that a key has."""
    return bool(re.fullmatch(PATTERN[1:-1], text))


class _Exists(Exception):
    pass


def _oldest() -> datetime:
    return timezone.now() - MAX_AGE


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
