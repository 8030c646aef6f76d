"""Compares the new service's rows with those of their owners, and with what has happened."""

from collections import Counter
from typing import Any

from django.db.models import Model
from msgspec import Struct

from comments.models import Comment
from comparison.history.results import Fact
from eventstore import store
from eventstore.contracts import CONTRACTS, decode
from posts.models import Post
from query.models import CommentView, PostView, consumer

PAIRS: tuple[tuple[type[Model], type[Model]], ...] = ((Post, PostView), (Comment, CommentView))


class Difference(Struct, frozen=True, kw_only=True):
    """Rows of the new service: ``missing``; ``stale``, not as their owners have them; ``ghosts``,
    deleted by their owners."""

    missing: int = 0
    stale: int = 0
    ghosts: int = 0

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.stale or self.ghosts)


def difference() -> Difference:
    missing = stale = ghosts = 0
    for theirs, ours in PAIRS:
        fields = _fields(ours)
        there, here = _rows(theirs, fields), _rows(ours, fields)
        missing += len(there.keys() - here.keys())
        ghosts += len(here.keys() - there.keys())
        stale += sum(here[key] != there[key] for key in here.keys() & there.keys())
    return Difference(missing=missing, stale=stale, ghosts=ghosts)


def facts() -> list[Fact]:
    """Of each type of event that was ever published, in the order of the contracts. The content of
    an event is in a copy if that has a row with the same values."""
    copied = {model: _rows(model, _fields(model)) for model in (PostView, CommentView)}
    published: Counter[str] = Counter()
    in_copy: Counter[str] = Counter()
    for events in store.scan(0, store.head_position(), CONTRACTS):
        for event in events:
            published[event.type] += 1
            in_copy[event.type] += _is_in(copied, event)
    return [
        Fact(type=type_, published=published[type_], in_copy=in_copy[type_])
        for type_ in CONTRACTS
        if published[type_]
    ]


def _is_in(copied: dict[Any, dict[Any, Any]], event: store.Stored) -> bool:
    handler = consumer.handlers.get(event.type)
    row = handler(decode(event.type, event.data)) if handler else None
    if not isinstance(row, Model):
        return False
    values = tuple(getattr(row, name) for name in _fields(type(row)))
    return copied[type(row)].get(row.pk) == values


def _fields(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields]


def _rows(model: type[Model], fields: list[str]) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row for row in model._default_manager.order_by().values_list(*fields)}
