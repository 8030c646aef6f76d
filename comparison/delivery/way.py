"""A way in which events travel, as the scenarios see it."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from comparison.delivery.counts import Counted, Counts, count
from comparison.delivery.mortal import trap
from comparison.delivery.small.service import opened
from config.processes.layout import PYTHON, Layout, Program
from lab.sandbox import Sandbox
from lab.stack import Stack

WRITER, COMMENTS, MODERATION, NEWCOMER = "writer", "comments", "moderation", "newcomer"
"""The processes of each way: where comments are written; where decisions are heard, if that is
another one; moderation; and who is added later."""


class Way(ABC):
    """Its processes work in ``box``. ``posts`` are the ids of posts to comment on."""

    name: ClassVar[str]
    title: ClassVar[str]
    claims: ClassVar[tuple[str, ...]]

    def __init__(self, box: Sandbox, port: int, posts: int) -> None:
        self.box = box
        self.posts = self.made(posts)
        self.stack = Stack(box, Layout("services", port, tuple(self.programs(port))))

    def made(self, posts: int) -> list[str]:
        """So many posts, and whatever has to be there before the first process starts."""
        return [str(uuid4()) for _ in range(posts)]

    @abstractmethod
    def programs(self, port: int) -> Iterable[Program]: ...

    @abstractmethod
    def cut(self) -> None:
        """What carries the events cannot be reached any more."""

    @abstractmethod
    def mend(self) -> None:
        """It can be reached again."""

    @abstractmethod
    def statuses(self, post: str) -> Mapping[str, str]:
        """Of the comments on a post, by id, as the writer knows them."""

    @abstractmethod
    def known(self, posts: Iterable[str]) -> int:
        """How many comments on these posts the newcomer knows."""

    @abstractmethod
    def is_idle(self) -> bool | None:
        """Whether no event is on its way any more. None where it costs much to know."""

    @abstractmethod
    def counted(self) -> Counted:
        """From the databases, at the end."""

    def start(self) -> None:
        """All but the newcomer."""
        services = {program.service for program in self.stack.plan.programs}
        self.stack.start(*sorted(services - {NEWCOMER}))

    def make_newcomer(self) -> None:  # noqa: B027 - most need nothing
        """Whatever it needs before it can start, as a database."""

    def restart(self, service: str) -> None:
        """What is left of it is killed."""
        self.stack.kill(service)
        self.stack.start(service)

    def trap(self, service: str) -> Path:
        """Where a trap for the first process of this service lies."""
        return trap(self.box.places, self.stack.plan.of(service)[0].name)

    @property
    def writer(self) -> str:
        return self.stack.addresses[WRITER]

    def close(self) -> None:
        """At once: what they hold is not needed any more."""
        self.stack.kill()


class SmallWay(Way):
    """One with the small services."""

    @property
    def folder(self) -> Path:
        """Where their databases are."""
        folder = self.box.var / self.name
        folder.mkdir(exist_ok=True)
        return folder

    def program(self, service: str, module: str, *arguments: object, port: int = 0) -> Program:
        command = (PYTHON, "-m", f"comparison.delivery.small.{module}", *map(str, arguments))
        return Program(f"{self.name}-{service}", service, command, port=port or None)

    def statuses(self, post: str) -> Mapping[str, str]:
        asked = "SELECT id, status FROM comment WHERE post_id = ?"
        return dict(self._rows(COMMENTS, asked, post))

    def known(self, posts: Iterable[str]) -> int:
        asked = (
            "SELECT COUNT(DISTINCT comment_id) FROM handled"
            " WHERE post_id IN (SELECT value FROM json_each(?))"
        )
        [[known]] = self._rows(NEWCOMER, asked, json.dumps(list(posts)))
        return int(known)

    @abstractmethod
    def waiting(self) -> int: ...

    def counted(self) -> Counted:
        return Counted(self.waiting(), {post: self._counted(post) for post in self.posts})

    def _counted(self, post: str) -> Counts:
        asked = "SELECT comment_id FROM handled WHERE post_id = ?"
        judged, heard = (
            Counter(id for [id] in self._rows(service, asked, post))
            for service in (MODERATION, COMMENTS)
        )
        return count(self.statuses(post), judged, heard, self.known([post]))

    def _rows(self, service: str, asked: str, *values: str) -> list[Any]:
        with opened(self.folder / f"{service}.sqlite3") as database:
            return database.execute(asked, values).fetchall()
