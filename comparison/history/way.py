"""A way to get the past, and what there is to get."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from comparison.history.pieces import Piece
from comparison.reads.way import Addresses, Takes
from lab.data import PostData
from lab.network import Calls

ALIAS = "query"
"""The newcomer's own database."""


@dataclass(frozen=True)
class Blog:
    """What there is: rows, and the events that were said of them, those that query listens to
    (``heard``) and all."""

    posts: int
    comments: int
    heard: int
    events: int

    @property
    def rows(self) -> int:
        return self.posts + self.comments

    @classmethod
    def of(cls, data: Sequence[PostData]) -> Self:
        """A comment is created; one that is not held is decided upon, and updated."""
        comments = [comment for post in data for comment in post.comments]
        decided = sum(comment.status != "pending" for comment in comments)
        heard = len(data) + len(comments) + decided
        return cls(len(data), len(comments), heard, heard + decided)


@dataclass(frozen=True)
class Others:
    """What the newcomer knows of the others: where they are, and what lets it read everything."""

    calls: Calls
    at: Addresses
    login: dict[str, str] = field(default_factory=dict)


Step = Callable[[Others], int]
"""Puts what it can get into the newcomer's own database, and returns how many records it was
given. Raises CallFailed, or a database's error; what it has put there until then stays."""


@dataclass(frozen=True)
class Way:
    """``steps`` do not need each other: where one fails, the next is tried all the same.

    ``takes`` is what all of it must take of the others, requests to them and queries to their
    databases: what was counted is held against it. ``size`` says how many bytes it was given,
    where it is not the calls that say so. ``columns`` are others' own that it depends on. Who
    ``remembers`` hears what was said while it copied. ``claims`` are keys of ``claims.CLAIMS``.
    """

    name: str
    title: str
    claims: tuple[str, ...]
    steps: tuple[Step, ...]
    takes: Callable[[Blog], Takes]
    code: tuple[Piece, ...]
    size: Callable[[Others], int | None] = lambda others: others.calls.received
    columns: tuple[str, ...] = ()
    remembers: bool = False
