"""Rows that a handler may return instead of saving them: to be upserted, or deleted. Those of a
batch are folded by their key, the last one winning, and written in bulk."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Self

from django.db import connections, models, transaction

from eventstore import tallies
from eventstore.upserts import Upserts

ModelType = type[models.Model]
Values = Mapping[str, Any]  # of all columns of a row, by the names of the model's attributes

INSERT_ROWS = 100  # in one statement: MariaDB takes 16 MB, and a post may have 80 kB


class Upsert:
    """A row of ``model``, with these values of its attributes: it is to be inserted, or to replace
    the one with its primary key. What is not given has its default. Raises TypeError for what the
    model does not have. It costs a sixth of an instance of the model."""

    __slots__ = ("model", "values")

    def __init__(self, model: ModelType, /, **values: Any) -> None:
        fields = _fields(model)
        if values.keys() != fields.keys():
            if unknown := values.keys() - fields.keys():
                raise TypeError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
            values = {name: field.get_default() for name, field in fields.items()} | values
        self.model, self.values = model, values

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Of an instance, which is not saved."""
        fields = _fields(type(row)).values()
        return cls(type(row), **{field.attname: field.pre_save(row, add=True) for field in fields})

    @property
    def pk(self) -> Any:
        return self.values[_key(self.model)]


class Delete(NamedTuple):
    """The row of ``model`` with this primary key is to be deleted."""

    model: ModelType
    pk: Any


Row = Upsert | Delete | models.Model
Returned = Row | Iterable[Row] | None


@cache
def _fields(model: ModelType) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


@cache
def _key(model: ModelType) -> str:
    return str(model._meta.pk.attname)


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
        """Each model with the values of its rows to be upserted, and the keys of those to be
        deleted."""
        for model, rows in self._rows.items():
            there = [values for values in rows.values() if values is not None]
            yield model, there, [key for key, values in rows.items() if values is None]

    def write(self, alias: str) -> None:
        """Write the folded rows to the database ``alias``."""
        for model, there, gone in self.by_model():
            tally = tallies.tally_of(model)
            if tally is None:
                _write(model, there, gone, alias)
                continue
            key = _key(model)
            before = tally.stored([*(values[key] for values in there), *gone], alias)
            _write(model, there, gone, alias)
            numbers = tally.numbers(there)
            numbers.subtract(before)
            changed, none_left = tally.change(numbers, alias)
            rows = [Upsert.of(row).values for row in changed]
            _write(tally.model, rows, none_left, alias)


def _write(model: ModelType, there: Sequence[Values], gone: Sequence[Any], alias: str) -> None:
    if gone:
        model._default_manager.using(alias).filter(pk__in=gone).delete()
    if there:
        upsert(model, there, alias)


def upsert(model: ModelType, rows: Sequence[Values], alias: str) -> None:
    """Insert ``rows`` in one transaction; where the key exists already, overwrite all other
    columns."""
    with transaction.atomic(using=alias, savepoint=False), connections[alias].cursor() as cursor:
        Upserts(model, connections[alias]).write(cursor, rows)
