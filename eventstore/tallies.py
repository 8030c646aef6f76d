"""How many rows of a projection there are by a key and a column, as comments by their post and
status: kept while the rows are written, so that no reader has to count them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, router

from eventstore.upserts import Values, upsert
from eventstore.values import adapter

ModelType = type[models.Model]
Numbers = Counter[tuple[Any, str]]  # of rows, by their key and the value of their column

KEYS = 500  # in one statement


class Tallying(models.Model):
    """What the checkpoint of a consumer has that keeps tallies. A program of an earlier version,
    which keeps none and runs at the same time during an upgrade, moves ``handled`` alone."""

    tallied = models.BigIntegerField(default=0, db_default=0)
    """``handled``, as of when the tallies were as the rows are."""

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Tally:
    """Of the rows of ``of_rows``, how many there are by the fields ``by`` and ``column``, both
    named by their columns. ``model`` has a row for each key that has rows: the key is its primary
    key, and its other columns are named as the values that are counted.

    A consumer's rows are written with its checkpoint locked, so nobody else changes the numbers."""

    model: ModelType
    of_rows: ModelType
    by: str
    column: str

    def __post_init__(self) -> None:
        _registry[self.of_rows] = self

    @property
    def values(self) -> list[str]:
        fields = self.model._meta.concrete_fields
        return [str(field.column) for field in fields if not field.primary_key]

    def select(self, table: str) -> str:
        """SQL that counts the rows of ``table``, which has the columns of ``of_rows``; its columns
        are the model's in their order."""
        ones = [f"CASE WHEN {self.column} = '{each}' THEN 1 ELSE 0 END" for each in self.values]
        columns = ", ".join([self.by, *(f"SUM({one})" for one in ones)])
        where = " OR ".join(f"{self.column} = '{each}'" for each in self.values)
        return f"SELECT {columns} FROM {table} WHERE {where} GROUP BY {self.by}"  # noqa: S608

    def numbers(self, rows: Sequence[Values]) -> Numbers:
        """Of these rows."""
        names = [field.column for field in self.of_rows._meta.concrete_fields]
        by, column = names.index(self.by), names.index(self.column)
        key = self._key_to_python
        return Numbers((key(row[by]), row[column]) for row in rows)

    def stored(self, keys: Sequence[Any], alias: str) -> Numbers:
        """Of the rows with these primary keys in the database ``alias``. With SQL, as the ORM takes
        a fifth of catching up for preparing the keys."""
        connection, key, found = connections[alias], self.of_rows._meta.pk, Numbers()
        prepared = adapter(key, connection)(keys)
        to_python, columns = self._key_to_python, f"{self.by}, {self.column}"
        select = f"SELECT {columns} FROM {self.of_rows._meta.db_table}"  # noqa: S608
        with connection.cursor() as cursor:
            for start in range(0, len(prepared), KEYS):
                some = prepared[start : start + KEYS]
                where = f"WHERE {key.column} IN ({', '.join(['%s'] * len(some))})"
                cursor.execute(f"{select} {where}", some)
                found.update((to_python(of), value) for of, value in cursor.fetchall())
        return found

    def add(self, numbers: Numbers, alias: str) -> None:
        """Add them to the rows of ``model``, without reading these, and delete those of which
        nothing is left."""
        fields = self.model._meta.concrete_fields
        place = {str(field.column): at for at, field in enumerate(fields) if not field.primary_key}
        changes = dict[Any, Counter[int]]()
        for (key, value), number in numbers.items():
            if number and value in place:
                changes.setdefault(key, Counter())[place[value]] += number
        if not changes:
            return
        rows = [
            tuple(key if field.primary_key else change[at] for at, field in enumerate(fields))
            for key, change in changes.items()
        ]
        upsert(self.model, rows, alias, adds=True)
        if fewer := [key for key, change in changes.items() if change.total() < 0]:
            none_left = dict.fromkeys(place, 0)
            self.model._default_manager.using(alias).filter(pk__in=fewer, **none_left).delete()

    @property
    def _key_to_python(self) -> Callable[[Any], Any]:
        key: Any = self.model._meta.pk
        to_python: Callable[[Any], Any] = getattr(key, "target_field", key).to_python
        return to_python

    def recount(self, alias: str) -> None:
        """Count all rows, in the current transaction."""
        self.model._default_manager.using(alias).all().delete()
        names = (str(field.column) for field in self.model._meta.concrete_fields)
        into = f"INSERT INTO {self.model._meta.db_table} ({', '.join(names)})"
        with connections[alias].cursor() as cursor:
            cursor.execute(f"{into} {self.select(self.of_rows._meta.db_table)}")


_registry: dict[ModelType, Tally] = {}


def tally_of(model: ModelType) -> Tally | None:
    """The tally that is kept of the model's rows."""
    return _registry.get(model)


def of_app(label: str) -> list[Tally]:
    return [each for each in _registry.values() if each.model._meta.app_label == label]


def hold(checkpoint: models.Model, handled_before: int, handled: int) -> None:
    """Rows were written, and ``handled`` went on, in the transaction that has the checkpoint
    locked. Counts anew if it is the first of all, or if a program that keeps no tallies came
    before it."""
    if isinstance(checkpoint, Tallying):
        if not handled_before or checkpoint.tallied != handled_before:
            for tally in of_app(checkpoint._meta.app_label):
                tally.recount(router.db_for_write(type(checkpoint)))
        checkpoint.tallied = handled
