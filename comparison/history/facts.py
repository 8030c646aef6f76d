"""What has happened, and what of it can be seen in the tables that it led to."""

from collections import Counter
from typing import Any

from django.db.models import Model

from comparison.history.orders import Fact
from eventstore import store
from eventstore.contracts import CONTRACTS, decode
from query.handlers import consumer
from query.models import CommentView, PostView


def facts() -> list[Fact]:
    """Of each type of event that was ever said, in the order of the contracts. What an event says
    is in a copy where that has a row that says the same."""
    copied = {model: _rows(model) for model in (PostView, CommentView)}
    said: Counter[str] = Counter()
    in_copy: Counter[str] = Counter()
    for events in store.scan(0, store.head_position(), CONTRACTS):
        for event in events:
            said[event.type] += 1
            in_copy[event.type] += _is_in(copied, event)
    return [
        Fact(type=type_, said=said[type_], in_copy=in_copy[type_])
        for type_ in CONTRACTS
        if said[type_]
    ]


def _is_in(copied: dict[Any, dict[Any, Any]], event: store.Stored) -> bool:
    handler = consumer.handlers.get(event.type)
    row = handler(decode(event.type, event.data)) if handler else None
    return isinstance(row, Model) and copied[type(row)].get(row.pk) == _values(row)


def _rows(model: type[Model]) -> dict[Any, tuple[Any, ...]]:
    fields = [field.name for field in model._meta.concrete_fields]
    return {row[0]: row for row in model._default_manager.order_by().values_list(*fields)}


def _values(row: Model) -> tuple[Any, ...]:
    return tuple(getattr(row, field.name) for field in row._meta.concrete_fields)
