"""The state that is observed after a run: the event log, the page, the tables, the backlog.

This file also runs as a program, in a process with the run's databases. It prints JSON:
``progress``, whenever its parent lets it go on, and at the end all that is ``stored``.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import StringIO
from itertools import count
from typing import Any
from urllib.parse import quote

import django
import msgspec
from django.core.management import CommandError, call_command

from lab.chaos.history import F
from lab.children import send, wait_for_go
from lab.http import Client, NoResponse, RequestFailed
from lab.sandbox import Sandbox

POLL_SECONDS = 0.2
TIMEOUT_SECONDS = 60
VALUES: Mapping[str, str] = {
    F.CREATE_POST: "title",
    F.EDIT_POST: "title",
    F.CREATE_COMMENT: "author",
    F.MODERATE: "reason",
}
"""The member of an event's data that has the value of its operation; for a deletion, none."""
ANCHOR = re.compile(r'id="comment-([0-9a-f-]{36})"')


@dataclass(frozen=True)
class Event:
    position: int
    id: str
    type: str
    subject: str
    causation_id: str | None  # None where a person caused it
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """The value of the operation that it records."""
        name = VALUES.get(self.type)
        return str(self.data[name]) if name else self.subject


@dataclass(frozen=True)
class PageComment:
    id: str
    author: str
    status: str


@dataclass(frozen=True)
class PagePost:
    """``comments`` as in the query API; ``anchors``: the ids of the comments in the HTML."""

    id: str
    title: str
    comments: tuple[PageComment, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """``head`` is the log's last position. By service, the number of events: in its outbox, not yet
    handled, parked."""

    head: int
    outboxes: Mapping[str, int]
    lag: Mapping[str, int]
    parked: Mapping[str, int]

    def is_settled_since(self, earlier: "Progress") -> bool:
        """Whether nothing will change any more. The databases are read one after the other, and an
        event may be on its way from one to the next: so nothing waits, nor did it before, and
        nothing was appended in between."""
        counts = (self.outboxes, self.lag, earlier.outboxes, earlier.lag)
        waiting = any(number for each in counts for number in each.values())
        return not waiting and self.head == earlier.head


@dataclass(frozen=True)
class State:
    """``page`` is None without a response. ``tables``, of the services that own them: ``posts``
    (titles), ``comments`` (statuses) and ``reviews`` (decisions, by comment). ``rebuilds``: whether
    the read model is the same, row by row, as one rebuilt from all events."""

    page: tuple[PagePost, ...] | None
    log: tuple[Event, ...]
    tables: Mapping[str, Mapping[str, str]]
    progress: Progress
    rebuilds: bool


def observe(
    box: Sandbox, page: str, not_ready: Callable[[], list[str]], since: float, timeout: float
) -> tuple[State, float | None]:
    """Waits until every process is up (``not_ready`` names the others) and nothing changes any
    more, at most until ``timeout`` seconds after ``since`` (``time.monotonic``). Returns the state,
    and how many seconds after ``since`` all had settled; None where it had not in time. ``page`` is
    the address of the query service. Raises LabFailed."""
    earlier = settled = None
    with box.child(__name__) as child:
        while settled is None:
            seconds = time.monotonic() - since
            child.go()
            progress = Progress(**child.receive())
            if earlier and progress.is_settled_since(earlier) and not not_ready():
                settled = seconds
            elif seconds > timeout:
                break
            else:
                earlier = progress
                time.sleep(POLL_SECONDS)
        stored = child.finish()
    found = {**stored, "page": _read_page(page), "progress": asdict(progress)}
    return msgspec.convert(found, State), settled


def _read_page(address: str) -> list[Any] | None:
    """All posts with all comments, as the public has them; None without a response."""
    posts = []
    try:
        with Client(TIMEOUT_SECONDS) as client:
            for listed in list(_results(client, f"{address}/api/query/posts/?limit=100")):
                id_ = listed["id"]
                post = client.get(f"{address}/api/query/posts/{id_}/").expect_success().data
                post["comments"] += _results(client, post["comments_next"])
                post["anchors"] = list(_anchors(client, f"{address}/posts/{quote(post['slug'])}/"))
                posts.append(post)
    except (NoResponse, RequestFailed):
        return None
    return posts


def _results(client: Client, url: str | None) -> Iterator[Any]:
    while url:
        page = client.get(url).expect_success().data
        yield from page["results"]
        url = page["next"]


def _anchors(client: Client, url: str) -> Iterator[str]:
    for number in count(1):
        html = client.get(f"{url}?page={number}").expect_success().body.decode()
        yield from ANCHOR.findall(html)
        if f"page={number + 1}" not in html:
            return


def progress() -> dict[str, Any]:
    """The members of a ``Progress``."""
    from eventstore import store
    from eventstore.consumer import consumers
    from eventstore.messaging import outboxes

    parked = {name: each.parking.model for name, each in consumers().items()}
    return {
        "head": store.head_position(),
        "outboxes": {box._meta.app_label: box._default_manager.count() for box in outboxes()},
        "lag": {name: each.lag().events for name, each in consumers().items()},
        "parked": {name: model._default_manager.count() for name, model in parked.items()},
    }


def event_of(row: Any) -> dict[str, Any]:
    """The members of an ``Event``, of a row of the event store."""
    names = ("position", "id", "type", "subject", "causation_id")
    return {**{name: getattr(row, name) for name in names}, "data": json.loads(row.data)}


def stored() -> dict[str, Any]:
    """``log``, ``tables`` and ``rebuilds`` of a ``State``."""
    from comments.models import Comment
    from eventstore.models import Event
    from moderation.models import Review
    from posts.models import Post

    events = [event_of(each) for each in Event.objects.order_by("position")]
    tables = {
        "posts": dict(Post.objects.values_list("id", "title")),
        "comments": dict(Comment.objects.values_list("id", "status")),
        "reviews": dict(Review.objects.values_list("comment_id", "status")),
    }
    rebuilds = False
    with suppress(CommandError):
        call_command("replay_events", "--verify", stdout=StringIO())
        rebuilds = True
    return {"log": events, "tables": tables, "rebuilds": rebuilds}


if __name__ == "__main__":
    django.setup()
    while wait_for_go():
        send(progress())
    send(msgspec.to_builtins(stored(), str_keys=True))
