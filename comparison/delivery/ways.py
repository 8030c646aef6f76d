"""The ways in which events travel: a bus that stores nothing, a broker alone, the event store."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import uuid4

import msgspec

from comparison.delivery.broker import Broker
from comparison.delivery.broker_access import BrokerAccess
from comparison.delivery.services import (
    COMMENTS,
    MODERATION,
    NEW_SERVICE,
    REQUEST_TIMEOUT_SECONDS,
    SERVICES,
    WRITER,
    open_database,
)
from config.processes.layout import HOST, PYTHON, Layout, Program, layout
from lab.http import request
from lab.sandbox import Sandbox
from lab.stack import Stack

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
POSTS, PORTS = 5, 4
"""Of each way. One post is for the time after a service was added."""


class Records(msgspec.Struct):
    """What the databases hold at the end. ``waiting``: events that are still on their way.
    ``comments``: post and status by id, as the writer knows them. ``decided``, ``applied``: a
    comment's id, once for each time that moderation decided on it, and that the writer applied the
    decision. ``known``: the posts of the comments that the new service knows."""

    waiting: int
    comments: dict[str, tuple[str, str]]
    decided: list[str]
    applied: list[str]
    known: list[str]


class Way(ABC):
    """Its processes work in ``box``. ``posts`` are the ids of posts to comment on, ``access`` is to
    what carries the events."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, box: Sandbox, port: int, access: BrokerAccess) -> None:
        self.box, self.access = box, access
        self.posts = self.make_posts()
        self.stack = Stack(box, Layout("services", port, tuple(self.programs(port))))

    @abstractmethod
    def make_posts(self) -> list[str]:
        """Everything that must exist before the first process starts."""

    @abstractmethod
    def programs(self, port: int) -> Iterable[Program]: ...

    @abstractmethod
    def statuses(self, post: str) -> Mapping[str, str]:
        """Of the comments on a post, by id, as the writer knows them."""

    @abstractmethod
    def known(self) -> int:
        """How many comments the new service knows."""

    @abstractmethod
    def backlog(self) -> int | None:
        """How many events are on their way. None if that is expensive to find out."""

    @abstractmethod
    def records(self) -> Records: ...

    def start(self) -> None:
        """All but the new service."""
        services = {program.service for program in self.stack.plan.programs}
        self.stack.start(*sorted(services - {NEW_SERVICE}))

    def prepare_new_service(self) -> None:  # noqa: B027 - most need nothing
        """Makes what the new service needs before it can start, such as a database."""

    def close(self) -> None:
        """At once: what the processes hold is no longer needed."""
        self.stack.kill()


class SmallServicesWay(Way):
    def make_posts(self) -> list[str]:
        self.folder = self.box.var / self.name
        self.folder.mkdir()
        for service in SERVICES:
            self._rows(service, "SELECT 1")  # each database exists before it is shared
        return [str(uuid4()) for _ in range(POSTS)]

    def program(self, role: str, *arguments: object, port: int | None = None) -> Program:
        """A process of the module that is named like the way."""
        command = (PYTHON, "-m", f"comparison.delivery.{self.name}", *map(str, arguments))
        return Program(f"{self.name}-{role}", role, command, self.access.settings, port)

    def statuses(self, post: str) -> Mapping[str, str]:
        return dict(self._rows(COMMENTS, "SELECT id, status FROM comment WHERE post_id = ?", post))

    def known(self) -> int:
        return len(self._rows(NEW_SERVICE, "SELECT id FROM comment"))

    def records(self) -> Records:
        comments = self._rows(COMMENTS, "SELECT id, post_id, status FROM comment")
        handled = "SELECT comment_id FROM handled"
        return Records(
            waiting=self.backlog() or 0,
            comments={id: (post, status) for id, post, status in comments},
            decided=[id for [id] in self._rows(MODERATION, handled)],
            applied=[id for [id] in self._rows(COMMENTS, handled)],
            known=[post for [post] in self._rows(NEW_SERVICE, "SELECT post_id FROM comment")],
        )

    def _rows(self, service: str, query: str, *values: str) -> list[Any]:
        with open_database(self.folder, service) as database:
            return database.execute(query, values).fetchall()


class BusWay(SmallServicesWay):
    """Services POST events to a bus, and the bus POSTs them to all services. It gets all addresses
    when it starts, that of the new service included."""

    name = BUS
    title = "A bus that stores nothing"

    def __init__(self, box: Sandbox, port: int, _: BrokerAccess) -> None:
        # It needs no broker; what can be away is the bus itself.
        kill, start = (lambda: self.stack.kill(BUS)), (lambda: self.stack.start(BUS))
        super().__init__(box, port, BrokerAccess({}, kill, start))

    def programs(self, port: int) -> Iterator[Program]:
        bus, *services = (f"http://{HOST}:{port + number}" for number in range(PORTS))
        roles = {WRITER: COMMENTS, MODERATION: MODERATION, NEW_SERVICE: NEW_SERVICE}
        for its_port, (role, service) in enumerate(roles.items(), port + 1):
            yield self.program(role, service, self.folder, its_port, bus, port=its_port)
        yield self.program(BUS, port, *services, port=port)

    def backlog(self) -> int:
        """The bus keeps nothing."""
        return 0


class BrokerWay(SmallServicesWay):
    """Events are messages, in a durable queue for each service."""

    name = "broker"
    title = "A broker alone"

    def programs(self, port: int) -> Iterator[Program]:
        yield self.program(WRITER, COMMENTS, self.folder, port, port=port)
        for service in SERVICES:
            yield self.program(service, service, self.folder)

    def backlog(self) -> int:
        return Broker(self.access.settings).backlog()


class StoreWay(Way):
    """The blog itself: events are rows in a store, and messages are nudges. The service that is
    added later is query."""

    name = "store"
    title = "The event store with nudges"

    def make_posts(self) -> list[str]:
        posts: list[str] = self.box.run(BLOG, "make", "posts,comments,moderation", POSTS)
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
        comments = _get(f"{self.stack.addresses[WRITER]}/api/comments/?limit=1000&post_id={post}")
        return {comment["id"]: comment["status"] for comment in comments["results"]}

    def known(self) -> int:
        address = self.stack.addresses[NEW_SERVICE]
        posts = (_get(f"{address}/api/query/posts/{post}/") for post in self.posts)
        return sum(post["comment_count"] for post in posts if post)

    def backlog(self) -> None:
        return None

    def records(self) -> Records:
        return msgspec.convert(self.box.run(BLOG, "count"), Records)


WAYS: tuple[type[Way], ...] = (BusWay, BrokerWay, StoreWay)


def _get(url: str) -> dict[str, Any]:
    """Empty if it does not exist yet. Raises LabFailed."""
    response = request("GET", url, timeout=REQUEST_TIMEOUT_SECONDS)
    return {} if response.status == HTTPStatus.NOT_FOUND else response.expect_success().data
