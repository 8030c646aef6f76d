"""The new service: a process of its own, with a query database of its own, that can reach the
processes and the databases of the others; and the client that controls it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
from django.apps import apps
from django.db import Error, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from msgspec import Struct

from comments.models import Comment
from comparison.history.results import Fact
from comparison.history.ways import ALIAS, BY_NAME, Others, Way
from eventstore import store
from eventstore.contracts import CONTRACTS, decode
from eventstore.rows import Upsert
from eventstore.store import Stored
from lab.faults import statement_counts
from lab.http import CallFailed, Calls, Network, login, request
from lab.sandbox import sandbox
from lab.stack import Stack, alone, free_port
from posts.models import Post
from query.models import CommentView, PostView, consumer

PATH = "/lab/new-service/"
COPY_TIMEOUT_SECONDS = 120.0
SHARED_DATABASES = ("default", "eventstore", "posts", "comments")

Subscribed = Literal["always", "before", "after"]
"""What events the new service handles: all that are stored; or those since before it copies, or
since it has copied."""
Body = TypeVar("Body")


class Copied(Struct, frozen=True, kw_only=True):
    """``began`` and ``ended`` in seconds on the monotonic clock. It took ``requests``, ``queries``
    in the others' databases, and ``written`` statements in its own; it got ``records`` of ``bytes``
    (None if unknown), and has ``posts`` and ``comments`` now. ``errors``: of steps that failed."""

    began: float
    ended: float
    requests: int
    queries: int
    written: int
    records: int
    bytes: int | None
    posts: int
    comments: int
    errors: list[str]

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def rows(self) -> int:
        return self.posts + self.comments


class Difference(NamedTuple):
    """Rows: ``missing``; ``stale``, not as their owners have them; ``ghosts``, deleted by these."""

    missing: int = 0
    stale: int = 0
    ghosts: int = 0


@dataclass(frozen=True)
class NewService:
    """Its client. ``at`` are the others' addresses; with ``login`` it may read everything."""

    address: str
    at: dict[str, str]
    login: dict[str, str] = field(repr=False)

    def copy(self, way: Way, delay: float = 0.0, subscribed: Subscribed = "always") -> Copied:
        """The history in this way, into an empty database; ``delay`` of each hop in seconds."""
        others = {"at": self.at, "login": self.login, "delay": delay}
        return self._request("copy", Copied, way=way.name, subscribed=subscribed, **others)

    def catch_up(self) -> int:
        """Handles what was published since it is subscribed; returns how many events."""
        return self._request("catch-up", int)

    def difference(self) -> Difference:
        """Between its rows and those of their owners."""
        return self._request("difference", Difference)

    def facts(self) -> list[Fact]:
        return self._request("facts", list[Fact])

    def _request(self, action: str, expected: type[Body], **arguments: Any) -> Body:
        url = f"{self.address}{PATH}{action}/"
        response = request("POST", url, arguments, timeout=COPY_TIMEOUT_SECONDS)
        return msgspec.json.decode(response.expect_success().body, type=expected)


@contextmanager
def new_service(others: Stack) -> Iterator[NewService]:
    """Added to the blog of these processes, and removed at the end. Raises LabFailed."""
    urls = {
        f"{alias.upper()}_DATABASE_URL": others.box.database_url(alias)
        for alias in SHARED_DATABASES
    }
    staff = login(others.addresses["posts"], others.box.environment["ADMIN_PASSWORD"])
    with sandbox(**urls) as box, Stack(box, alone("new-service", free_port(1))) as stack:
        stack.launch()  # it starts while its database is made
        box.prepare()
        stack.await_ready()
        yield NewService(stack.addresses["new-service"], others.addresses, staff)


# In its process

network = Network()


@csrf_exempt
def control(request: HttpRequest, action: str) -> HttpResponse:
    found = ACTIONS[action](**msgspec.json.decode(request.body))
    return HttpResponse(msgspec.json.encode(found), content_type="application/json")


def copy(way: str, subscribed: Subscribed, delay: float, **access: dict[str, str]) -> Copied:
    others = Others(Calls(network, delay), **access)
    _empty()
    if subscribed == "before":
        _subscribe_from_now()
    records, errors = 0, []
    before, began = statement_counts(), time.monotonic()
    for step in BY_NAME[way].steps:
        try:
            records += step(others)
        except (CallFailed, Error) as error:
            errors.append(str(error))
    if subscribed == "after":
        _subscribe_from_now()
    ended, counted = time.monotonic(), statement_counts() - before
    written = counted.pop(ALIAS, 0)
    size = None if errors else others.calls.received or None
    if BY_NAME[way].stored_events and not errors:
        size = sum(len(event.data.encode()) for event in _stored(consumer.handlers))
    return Copied(
        began=began,
        ended=ended,
        requests=others.calls.requests,
        queries=others.calls.queries + counted.total(),
        written=written,
        records=records,
        bytes=size,
        posts=PostView.objects.count(),
        comments=CommentView.objects.count(),
        errors=errors,
    )


def _empty() -> None:
    """Opens the connections, too: that is not part of the copy. One that is down stays so."""
    for connection in connections.all():
        with suppress(Error):
            connection.ensure_connection()
    for model in apps.get_app_config(ALIAS).get_models():
        model._default_manager.all().delete()


def _subscribe_from_now() -> None:
    """Earlier events are not delivered."""
    consumer.checkpoint._default_manager.update_or_create(
        consumer=consumer.name, defaults={"position": store.head_position()}
    )


def _stored(types: Iterable[str]) -> Iterator[Stored]:
    return chain.from_iterable(store.scan(0, store.head_position(), types))


PLACE = {"thread_id", "thread_at"}
"""Where the page has a comment. It is made of what is copied, and no content of an event."""


def difference() -> Difference:
    missing = stale = ghosts = 0
    for theirs, ours in ((Post, PostView), (Comment, CommentView)):
        there, here = _rows(theirs, ours), _rows(ours, ours)
        missing += len(there.keys() - here.keys())
        ghosts += len(here.keys() - there.keys())
        stale += sum(here[key] != there[key] for key in here.keys() & there.keys())
    return Difference(missing, stale, ghosts)


def facts() -> list[Fact]:
    """Of each type of event that was ever published, in the order of the contracts. The content of
    an event is in a copy if that has a row with the same values."""
    copied: dict[type[Model], Any] = {each: _rows(each, each) for each in (PostView, CommentView)}
    in_copy: dict[str, list[bool]] = defaultdict(list)
    for event in _stored(CONTRACTS):
        handler = consumer.handlers.get(event.type)
        row = handler(decode(event.type, event.data, event.version)) if handler else None
        in_copy[event.type].append(
            isinstance(row, Upsert) and copied[row.model].get(row.pk) == _without_place(row)
        )
    return [
        Fact(type=type_, published=len(in_copy[type_]), in_copy=sum(in_copy[type_]))
        for type_ in CONTRACTS
        if type_ in in_copy
    ]


def _without_place(row: Upsert) -> tuple[Any, ...]:
    values = zip(row.model._meta.concrete_fields, row.values, strict=True)
    return tuple(value for field, value in values if field.name not in PLACE)


def _fields(model: type[Model]) -> list[str]:
    names = [field.name for field in model._meta.concrete_fields]
    return [name for name in names if name not in PLACE]


def _rows(model: type[Model], like: type[Model]) -> dict[Any, tuple[Any, ...]]:
    """By key: the values of those fields that ``like`` has."""
    rows = model._default_manager.order_by().values_list(*_fields(like))
    return {row[0]: row for row in rows}


ACTIONS: dict[str, Callable[..., Any]] = {
    "copy": copy,
    "catch-up": lambda: consumer.catch_up().handled,
    "difference": difference,
    "facts": facts,
}
