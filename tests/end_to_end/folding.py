"""What services have said, folded into the rows that follow from it."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID


class Said(NamedTuple):
    """An event: what it is about, its type and its data."""

    subject: UUID
    type: str
    data: dict[str, Any]


Fold = dict[UUID, dict[str, Any]]
POST = ("title", "body", "author")
COMMENT = ("post_id", "author", "content", "status")


def fold(said: Iterable[Said]) -> Fold:
    """The last state of each that is not gone."""
    states: Fold = {}
    for subject, type_, data in said:
        if type_.endswith("Deleted"):
            states.pop(subject, None)
        else:
            states[subject] = data
    return states


def by_id(rows: Iterable[Any]) -> Fold:
    return {row["id"]: row for row in rows}


def columns(rows: Fold, names: tuple[str, ...]) -> dict[UUID, list[str]]:
    return {key: [str(row[name]) for name in names] for key, row in rows.items()}
