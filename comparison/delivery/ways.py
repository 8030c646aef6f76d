"""The ways in which events travel: a bus that stores nothing, a broker alone, the event store."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import uuid4

from comparison.delivery.broker import Broker
from comparison.delivery.broker_access import BrokerAccess
from comparison.delivery.crash import crash_file
from comparison.delivery.results import Counts, count_comments
from comparison.delivery.services import (
    REQUEST_TIMEOUT_SECONDS,
    Comments,
    Moderation,
    NewService,
    open_database,
)
from config.processes.layout import HOST, PYTHON, Layout, Program, layout
from lab.http import request
from lab.sandbox import Sandbox
from lab.stack import Stack

WRITER, COMMENTS, MODERATION, NEW_SERVICE = "writer", "comments", "moderation", "new-service"
"""The processes of each way: the one that writes comments; the one that applies the decisions, if
that is another one; moderation; and the service that is added later."""
BUS = "bus"
BLOG = "comparison.delivery.blog"
BLOG_SETTINGS = {"DJANGO_SETTINGS_MODULE": "comparison.delivery.blog_settings"}
BLOG_PROCESSES = {
    "comments-web": WRITER,
    "comments-worker": COMMENTS,
    "moderation-worker": MODERATION,
    "query-web": NEW_SERVICE,
    "query-worker": NEW_SERVICE,
}
"""Which of the blog's processes are started, and their roles here."""


class Counted(NamedTuple):
    """``waiting``: events that are still on their way, anywhere."""

    waiting: int
    posts: Mapping[str, Counts]


class Way(ABC):
    """Its processes work in ``box``. ``posts`` are the ids of posts to comment on."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, box: Sandbox, port: int, posts: int) -> None:
        self.box = box
        self.posts = self.make_posts(posts)
        self.stack = Stack(box, Layout("services", port, tuple(self.programs(port))))

    def make_posts(self, count: int) -> list[str]:
        """That many posts, and everything that must exist before the first process starts."""
        return [str(uuid4()) for _ in range(count)]

    @abstractmethod
    def programs(self, port: int) -> Iterable[Program]: ...

    @abstractmethod
    def disconnect(self) -> None:
        """What carries the events can no longer be reached."""

    @abstractmethod
    def reconnect(self) -> None: ...

    @abstractmethod
    def statuses(self, post: str) -> Mapping[str, str]:
        """Of the comments on a post, by id, as the writer knows them."""

    @abstractmethod
    def known(self, posts: Iterable[str]) -> int:
        """How many comments on these posts the new service knows."""

    @abstractmethod
    def is_idle(self) -> bool | None:
        """Whether no event is on its way. None if that is expensive to find out."""

    @abstractmethod
    def count(self) -> Counted:
        """From the databases, at the end."""

    def start(self) -> None:
        """All but the new service."""
        services = {program.service for program in self.stack.plan.programs}
        self.stack.start(*sorted(services - {NEW_SERVICE}))

    def prepare_new_service(self) -> None:  # noqa: B027 - most need nothing
        """Makes what the new service needs before it can start, such as a database."""

    def restart(self, service: str) -> None:
        """Kills what is left of it first."""
        self.stack.kill(service)
        self.stack.start(service)

    def crash_file(self, service: str) -> Path:
        """Arms the crash point of the first process of this service."""
        return crash_file(self.box.paths, self.stack.plan.of(service)[0].name)

    @property
    def writer(self) -> str:
        return self.stack.addresses[WRITER]

    def close(self) -> None:
        """At once: what the processes hold is no longer needed."""
        self.stack.kill()


class BrokerAccessWay(Way):
    """Its processes share a broker."""

    def __init__(self, box: Sandbox, port: int, posts: int, access: BrokerAccess) -> None:
        self.access = access
        super().__init__(box, port, posts)

    def disconnect(self) -> None:
        self.access.disconnect()

    def reconnect(self) -> None:
        self.access.reconnect()


class SmallServicesWay(Way):
    @property
    def folder(self) -> Path:
        """Of the databases."""
        folder = self.box.var / self.name
        folder.mkdir(exist_ok=True)
        return folder

    def program(self, service: str, *arguments: object, port: int = 0) -> Program:
        """A process of the module that is named like the way."""
        command = (PYTHON, "-m", f"comparison.delivery.{self.name}", *map(str, arguments))
        return Program(f"{self.name}-{service}", service, command, port=port or None)

    def statuses(self, post: str) -> Mapping[str, str]:
        query = "SELECT id, status FROM comment WHERE post_id = ?"
        return dict(self._rows(Comments.name, query, post))

    def known(self, posts: Iterable[str]) -> int:
        query = (
            "SELECT COUNT(DISTINCT comment_id) FROM handled"
            " WHERE post_id IN (SELECT value FROM json_each(?))"
        )
        [[known]] = self._rows(NewService.name, query, json.dumps(list(posts)))
        return int(known)

    @abstractmethod
    def backlog(self) -> int: ...

    def count(self) -> Counted:
        return Counted(self.backlog(), {post: self._count_post(post) for post in self.posts})

    def _count_post(self, post: str) -> Counts:
        query = "SELECT comment_id FROM handled WHERE post_id = ?"
        decided, applied = (
            Counter(id for [id] in self._rows(service.name, query, post))
            for service in (Moderation, Comments)
        )
        return count_comments(self.statuses(post), decided, applied, self.known([post]))

    def _rows(self, service: str, query: str, *values: str) -> list[Any]:
        with open_database(self.folder / f"{service}.sqlite3") as database:
            return database.execute(query, values).fetchall()


class BusWay(SmallServicesWay):
    """Services POST events to a bus, and the bus POSTs them to all services. It gets all addresses
    when it starts, that of the new service included."""

    name = BUS
    title = "A bus that stores nothing"

    def programs(self, port: int) -> Iterator[Program]:
        bus = f"http://{HOST}:{port}"
        subscribers: list[str] = []
        for role, service in (
            (WRITER, Comments),
            (MODERATION, Moderation),
            (NEW_SERVICE, NewService),
        ):
            its_port = port + len(subscribers) + 1
            subscribers.append(f"http://{HOST}:{its_port}")
            yield self.program(role, service.name, self.folder, its_port, bus, port=its_port)
        yield self.program(BUS, port, *subscribers, port=port)

    def disconnect(self) -> None:
        self.stack.kill(BUS)

    def reconnect(self) -> None:
        self.stack.start(BUS)

    def is_idle(self) -> bool:
        return True

    def backlog(self) -> int:
        """The bus keeps nothing."""
        return 0


class BrokerWay(BrokerAccessWay, SmallServicesWay):
    """Events are messages, in a durable queue for each service."""

    name = "broker"
    title = "A broker alone"

    def programs(self, port: int) -> Iterator[Program]:
        yield self._program(WRITER, Comments.name, port)
        for role, service in (
            (COMMENTS, Comments),
            (MODERATION, Moderation),
            (NEW_SERVICE, NewService),
        ):
            yield self._program(role, service.name)

    def is_idle(self) -> bool:
        return not self.backlog()

    def backlog(self) -> int:
        return Broker.of(self.access.settings).backlog([Comments, Moderation])

    def _program(self, role: str, service: str, port: int = 0) -> Program:
        ports = [port] if port else []
        program = self.program(role, service, self.folder, *ports, port=port)
        return replace(program, environment=self.access.settings)


class StoreWay(BrokerAccessWay):
    """The blog itself: events are rows in a store, and messages are nudges. The service that is
    added later is query."""

    name = "store"
    title = "The event store with nudges"

    def make_posts(self, count: int) -> list[str]:
        posts: list[str] = self.box.run(BLOG, "make", "posts,comments,moderation", count)
        return posts

    def programs(self, port: int) -> Iterator[Program]:
        settings = {**BLOG_SETTINGS, **self.access.settings}
        for program in layout("services", port, settings.get("QUEUE_PREFIX", "")).programs:
            if role := BLOG_PROCESSES.get(program.name):
                environment = {**program.environment, **settings}
                yield replace(program, service=role, environment=environment)

    def prepare_new_service(self) -> None:
        self.box.run(BLOG, "make", "query", 0)

    def statuses(self, post: str) -> Mapping[str, str]:
        comments = _get(f"{self.writer}/api/comments/?limit=1000&post_id={post}")["results"]
        return {comment["id"]: comment["status"] for comment in comments}

    def known(self, posts: Iterable[str]) -> int:
        address = self.stack.addresses[NEW_SERVICE]
        shown = (_get(f"{address}/api/query/posts/{post}/") for post in posts)
        return sum(post["comment_count"] for post in shown if post)

    def is_idle(self) -> None:
        return None

    def count(self) -> Counted:
        found = self.box.run(BLOG, "count", *self.posts)
        posts = {post: Counts(**counts) for post, counts in found["posts"].items()}
        return Counted(found["waiting"], posts)


WAYS: tuple[type[Way], ...] = (BusWay, BrokerWay, StoreWay)


def _get(url: str) -> dict[str, Any]:
    """Empty if it does not exist yet. Raises LabFailed."""
    response = request("GET", url, timeout=REQUEST_TIMEOUT_SECONDS)
    return {} if response.status == HTTPStatus.NOT_FOUND else response.expect_success().data
