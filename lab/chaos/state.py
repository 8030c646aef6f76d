"""The state that is observed after a run: the event log, the page, the tables, the backlog."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lab.chaos.history import F
from lab.chaos.processes import Processes
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
    causation_id: str  # empty where a person caused it
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
        return self._backlog == earlier._backlog == 0 and self.head == earlier.head

    @property
    def _backlog(self) -> int:
        return sum(self.outboxes.values()) + sum(self.lag.values())


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


def await_settled(
    box: Sandbox, processes: Processes, since: float, timeout: float
) -> tuple[Progress, float | None]:
    """Waits until every process is up and nothing changes any more, at most until ``timeout``
    seconds after ``since`` (``time.monotonic``). Returns the progress, and how many seconds after
    ``since`` everything had settled; None where it had not in time."""
    earlier = None
    with box.child("lab.chaos.inside", "progress") as child:
        while True:
            now = time.monotonic()
            child.go()
            progress = Progress(**child.receive())
            settled = earlier and progress.is_settled_since(earlier)
            if settled and not processes.not_ready():
                return progress, now - since
            if now - since > timeout:
                return progress, None
            earlier = progress
            time.sleep(POLL_SECONDS)


def observe(box: Sandbox, page: str, progress: Progress) -> State:
    """``page`` is the address of the query service. Raises LabFailed."""
    stored = box.run("lab.chaos.inside", "stored")
    log = tuple(Event(*row) for row in stored.pop("log"))
    return State(page=_read_page(page), log=log, progress=progress, **stored)


def _read_page(address: str) -> tuple[PagePost, ...] | None:
    """All posts with all comments, as the public has them; None without a response."""
    try:
        with Client(TIMEOUT_SECONDS) as client:
            listed = list(_results(client, f"{address}/api/query/posts/?limit=100"))
            return tuple(_read_post(client, address, post["id"]) for post in listed)
    except (NoResponse, RequestFailed):
        return None


def _read_post(client: Client, address: str, id_: str) -> PagePost:
    post = client.get(f"{address}/api/query/posts/{id_}/").expect_success().data
    comments = [*post["comments"], *_results(client, post["comments_next"])]
    return PagePost(
        id_,
        post["title"],
        tuple(PageComment(each["id"], each["author"], each["status"]) for each in comments),
        tuple(_anchors(client, f"{address}/posts/{id_}/")),
    )


def _anchors(client: Client, url: str) -> Iterator[str]:
    for number in count(1):
        html = client.get(f"{url}?page={number}").expect_success().body.decode()
        yield from ANCHOR.findall(html)
        if f"page={number + 1}" not in html:
            return


def _results(client: Client, url: str | None) -> Iterator[Any]:
    while url:
        page = client.get(url).expect_success().data
        yield from page["results"]
        url = page["next"]
