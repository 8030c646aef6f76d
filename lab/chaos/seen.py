"""What is there in the end: on the page, in the log, in the services' own tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.chaos.ledger import What
from lab.chaos.progress import Progress


@dataclass(frozen=True)
class Event:
    position: int
    id: str
    type: str
    subject: str
    causation_id: str  # empty where nothing caused it but a person
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """What the write that it says is known by."""
        match self.type:
            case What.POST | What.EDIT:
                return str(self.data["title"])
            case What.COMMENT:
                return str(self.data["author"])
            case What.DECIDE:
                return str(self.data["reason"])
        return self.subject


@dataclass(frozen=True)
class ShownComment:
    id: str
    author: str
    status: str


@dataclass(frozen=True)
class ShownPost:
    """``comments`` as the query API has them; ``anchors``: the ids of those in the HTML."""

    id: str
    title: str
    comments: tuple[ShownComment, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tables:
    """Of the services that own them: titles by post, statuses by comment, decisions by comment."""

    posts: Mapping[str, str]
    comments: Mapping[str, str]
    reviews: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """``page`` is None where it does not answer. ``replayed``: whether the read model is the same,
    row by row, as one made of all events."""

    page: tuple[ShownPost, ...] | None
    log: tuple[Event, ...]
    tables: Tables
    progress: Progress
    replayed: bool
