"""The ways in which events travel: a bus that stores nothing, a broker alone, the event store; and
how their processes lose and regain what carries the events while it goes on itself."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import uuid4

import msgspec

from comparison.delivery import services
from comparison.delivery.broker import Broker
from comparison.delivery.services import COMMENTS, MODERATION, NEW_SERVICE, SUBSCRIPTIONS, WRITER
from config.processes import layout
from config.processes.layout import HOST, PYTHON, Layout, Program
from lab.cable import Cable
from lab.http import request
from lab.sandbox import Sandbox
from lab.servers import delete_queues
from lab.stack import Stack

BLOG = "comparison.delivery.blog"
BLOG_PROCESSES = {
    "comments-web": WRITER,
    "comments-worker": COMMENTS,
    "moderation-worker": MODERATION,
    "query-web": NEW_SERVICE,
    "query-worker": NEW_SERVICE,
}
"""Which of the blog's processes are started, and their roles here."""
TIMEOUT_SECONDS = 10.0  # of a request
POSTS, PORTS = 5, 4
"""Of each way. One post is for the time after a service was added."""


class Access(NamedTuple):
    """To what carries the events. ``settings`` are the blog's, by which a process finds it."""

    settings: dict[str, str]
    disconnect: Callable[[], None]
    reconnect: Callable[[], None]


@contextmanager
def broker_access(box: Sandbox, name: str) -> Iterator[Access]:
    """To the broker that the environment names, else to one of files. Everything that was made in
    it, by the nudges too, is deleted at the end: others may use the broker."""
    broker = Broker({**os.environ, "QUEUE_PREFIX": f"{box.name}-{name}-"})
    if broker.kind == "filesystem":
        yield file_broker_access(box.var / f"broker-{name}")
        return
    try:
        with Cable(broker.url, {"redis": 6379}.get(broker.kind, 5672)) as cable:
            settings = {"BROKER_URL": cable.through(broker.url), "QUEUE_PREFIX": broker.prefix}
            yield Access(settings, cable.cut, cable.restore)
    finally:
        nudges = [f"{broker.prefix}{service}" for service in layout.SERVICES]
        queues = [*nudges, *(broker.queue_of(service).name for service in SUBSCRIPTIONS)]
        delete_queues(broker.url, broker.prefix, queues, [*nudges, broker.exchange.name])


def file_broker_access(folder: Path) -> Access:
    """Processes know the broker by a symbolic link. To disconnect, a plain file takes the place of
    the link: at no moment could a process make the queues anew."""
    link, other = folder.with_name(f"{folder.name}-link"), folder.with_name(f"{folder.name}-other")

    def disconnect() -> None:
        other.touch()
        other.replace(link)

    def reconnect() -> None:
        other.symlink_to(folder)
        other.replace(link)

    folder.mkdir()
    reconnect()
    return Access({"BROKER_FOLDER": str(link)}, disconnect, reconnect)


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


class SmallServicesWay:
    """Services of our own, as processes of the module that is named like the way. ``posts`` are the
    ids of posts to comment on."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, box: Sandbox, port: int, access: Access) -> None:
        self.access, self.folder = access, box.var / self.name
        self.folder.mkdir()
        for service in SUBSCRIPTIONS:
            self._rows(service, "SELECT 1")  # each database exists before it is shared
        self.posts = [str(uuid4()) for _ in range(POSTS)]
        self.stack = Stack(box, Layout("services", port, tuple(self.programs(port))))

    def programs(self, port: int) -> Iterator[Program]:
        raise NotImplementedError

    def program(self, role: str, *arguments: object, port: int | None = None) -> Program:
        command = (PYTHON, "-m", f"comparison.delivery.{self.name}", *map(str, arguments))
        return Program(f"{self.name}-{role}", role, command, self.access.settings, port)

    def prepare_new_service(self) -> None:
        """Makes what the new service needs before it can start."""

    def statuses(self, post: str) -> dict[str, str]:
        """Of the comments on a post, by id, as the writer knows them."""
        return dict(self._rows(COMMENTS, "SELECT id, status FROM comment WHERE post_id = ?", post))

    def known(self) -> int:
        """How many comments the new service knows."""
        return len(self._rows(NEW_SERVICE, "SELECT id FROM comment"))

    def backlog(self) -> int:
        """How many events are on their way."""
        return 0

    def records(self) -> Records:
        rows = self._rows(COMMENTS, "SELECT id, post_id, status FROM comment")
        comments = {id: (post, status) for id, post, status in rows}
        handled, known = "SELECT comment_id FROM handled", "SELECT post_id FROM comment"
        queries = ((MODERATION, handled), (COMMENTS, handled), (NEW_SERVICE, known))
        counted = ([value for [value] in self._rows(*query)] for query in queries)
        return Records(self.backlog(), comments, *counted)

    def _rows(self, service: str, query: str, *values: str) -> list[Any]:
        with services.open_database(self.folder, service) as database:
            return database.execute(query, values).fetchall()


class BusWay(SmallServicesWay):
    """Services POST events to a bus, which keeps nothing, and the bus POSTs them to all services.
    It gets all addresses when it starts, that of the new service included."""

    name = "bus"
    title = "A bus that stores nothing"

    def __init__(self, box: Sandbox, port: int, _: Access) -> None:
        # It needs no broker; what can be away is the bus itself.
        bus = Access({}, lambda: self.stack.kill("bus"), lambda: self.stack.start("bus"))
        super().__init__(box, port, bus)

    def programs(self, port: int) -> Iterator[Program]:
        bus, *addresses = (f"http://{HOST}:{port + number}" for number in range(PORTS))
        roles = {WRITER: COMMENTS, MODERATION: MODERATION, NEW_SERVICE: NEW_SERVICE}
        for its_port, (role, service) in enumerate(roles.items(), port + 1):
            yield self.program(role, service, self.folder, its_port, bus, port=its_port)
        yield self.program("bus", port, *addresses, port=port)


class BrokerWay(SmallServicesWay):
    """Events are messages, in a durable queue for each service."""

    name = "broker"
    title = "A broker alone"

    def programs(self, port: int) -> Iterator[Program]:
        yield self.program(WRITER, COMMENTS, self.folder, port, port=port)
        for service in SUBSCRIPTIONS:
            yield self.program(service, service, self.folder)

    def backlog(self) -> int:
        return Broker(self.access.settings).backlog()


class StoreWay:
    """The blog itself: events are rows in a store, and messages are nudges. The service that is
    added later is query."""

    name = "store"
    title = "The event store with nudges"

    def __init__(self, box: Sandbox, port: int, access: Access) -> None:
        self.box, self.access = box, access
        self.posts: list[str] = box.run(BLOG, "make", "posts,comments,moderation", POSTS)
        settings = {"DJANGO_SETTINGS_MODULE": f"{BLOG}_settings", **access.settings}
        plan = layout.layout("services", port, settings.get("QUEUE_PREFIX", ""))
        programs = tuple(
            replace(each, service=role, environment={**each.environment, **settings})
            for each in plan.programs
            if (role := BLOG_PROCESSES.get(each.name))
        )
        self.stack = Stack(box, replace(plan, programs=programs, environment={}))

    def prepare_new_service(self) -> None:
        self.box.run(BLOG, "make", "query")

    def statuses(self, post: str) -> dict[str, str]:
        comments = self._get(WRITER, f"comments/?limit=1000&post_id={post}")
        return {comment["id"]: comment["status"] for comment in comments["results"]}

    def known(self) -> int:
        posts = (self._get(NEW_SERVICE, f"query/posts/{post}/") for post in self.posts)
        return sum(post["comment_count"] for post in posts if post)

    def backlog(self) -> None:
        """That is expensive to find out."""

    def records(self) -> Records:
        return msgspec.convert(self.box.run(BLOG, "count"), Records)

    def _get(self, role: str, path: str) -> dict[str, Any]:
        """Empty if it does not exist yet. Raises LabFailed."""
        url = f"{self.stack.addresses[role]}/api/{path}"
        response = request("GET", url, timeout=TIMEOUT_SECONDS)
        return {} if response.status == HTTPStatus.NOT_FOUND else response.expect_success().data


Way = BusWay | BrokerWay | StoreWay
WAYS: tuple[type[Way], ...] = (BusWay, BrokerWay, StoreWay)
