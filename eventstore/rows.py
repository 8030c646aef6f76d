"""Rows that a handler may return instead of saving them: to be upserted, or deleted. Those of a
batch are folded by their key, the last one winning, and written in bulk."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, Self

from django.db import models

from eventstore import tallies
from eventstore.upserts import Values, upsert

ModelType = type[models.Model]

INSERT_ROWS = 100  # in one statement: MariaDB takes 16 MB, and a post may have 80 kB


class Upsert:
    """A row of ``model``, with these values of its attributes: it is to be inserted, or to replace
    the one with its primary key. What is not given has its default. Raises TypeError for what the
    model does not have. It costs a sixth of an instance of the model."""

    __slots__ = ("model", "pk", "values")

    def __init__(self, model: ModelType, /, **values: Any) -> None:
        fields, key, row = _shape(model)
        if values.keys() != fields.keys():
            if unknown := values.keys() - fields.keys():
                raise TypeError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
            values = {name: field.get_default() for name, field in fields.items()} | values
        self.model, self.pk, self.values = model, values[key], row(values)

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Of an instance, which is not saved."""
        fields = _shape(type(row)).fields.values()
        return cls(type(row), **{field.attname: field.pre_save(row, add=True) for field in fields})


class Delete(NamedTuple):
    """The row of ``model`` with this primary key is to be deleted."""

    model: ModelType
    pk: Any


Row = Upsert | Delete | models.Model
Returned = Row | Iterable[Row] | None


class Shape(NamedTuple):
    """Of a model: its fields and its key, by the names of their attributes, and what makes a row of
    the values of all of them."""

    fields: dict[str, Any]
    key: str
    row: Callable[[Mapping[str, Any]], Values]


@cache
def _shape(model: ModelType) -> Shape:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    several = len(fields) > 1  # of one name, itemgetter makes no tuple
    row = itemgetter(*fields) if several else lambda values: tuple(values.values())
    return Shape(fields, str(model._meta.pk.attname), row)


class Fold:
    """The rows that a batch's handlers returned, the last of each key."""

    def __init__(self) -> None:
        self._rows: dict[ModelType, dict[Any, Values | None]] = defaultdict(dict)

    def add(self, returned: Returned) -> None:
        if isinstance(returned, Upsert):
            self._rows[returned.model][returned.pk] = returned.values
        elif returned is None:
            return
        elif isinstance(returned, Delete):
            self._rows[returned.model][returned.pk] = None
        elif isinstance(returned, models.Model):
            self.add(Upsert.of(returned))
        else:
            for row in returned:
                self.add(row)

    def by_model(self) -> Iterator[tuple[ModelType, list[Values], list[Any]]]:
        """Each model with its rows to be upserted, and the keys of those to be deleted."""
        for model, rows in self._rows.items():
            there = [row for row in rows.values() if row is not None]
            yield model, there, [key for key, row in rows.items() if row is None]

    def write(self, alias: str) -> None:
        """Write the folded rows to the database ``alias``."""
        for model, there, gone in self.by_model():
            tally = tallies.tally_of(model)
            before = tally.stored(list(self._rows[model]), alias) if tally else None
            if gone:
                model._default_manager.using(alias).filter(pk__in=gone).delete()
            if there:
                upsert(model, there, alias)
            if tally and before is not None:
                numbers = tally.numbers(there)
                numbers.subtract(before)
                tally.add(numbers, alias)
