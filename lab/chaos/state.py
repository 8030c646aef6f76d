"""The state that is observed after a run: the event log, the page, the tables, the backlog."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from lab.bench.children import BASE, Child
from lab.chaos.client import TIMEOUT_SECONDS
from lab.chaos.history import F
from lab.chaos.stack import Stack

POLL_SECONDS = 0.2
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
        match self.type:
            case F.CREATE_POST | F.EDIT_POST:
                return str(self.data["title"])
            case F.CREATE_COMMENT:
                return str(self.data["author"])
            case F.MODERATE:
                return str(self.data["reason"])
        return self.subject


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
class Tables:
    """Of the services that own them: titles by post, statuses by comment, decisions by comment."""

    posts: Mapping[str, str]
    comments: Mapping[str, str]
    reviews: Mapping[str, str]


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
    """``page`` is None without a response. ``rebuilds``: whether the read model is the same, row by
    row, as one rebuilt from all events."""

    page: tuple[PagePost, ...] | None
    log: tuple[Event, ...]
    tables: Tables
    progress: Progress
    rebuilds: bool


def await_settled(stack: Stack, since: float, timeout: float) -> tuple[Progress, float | None]:
    """Waits until every process is up and nothing changes any more, at most until ``timeout``
    seconds after ``since`` (``time.monotonic``). Returns the progress, and how many seconds after
    ``since`` everything had settled; None where it had not in time."""
    with Child("-m", "lab.chaos.inside", "progress", environment=stack.environment) as child:
        earlier = _progress(child)
        while True:
            now, progress = time.monotonic(), _progress(child)
            if progress.is_settled_since(earlier) and not stack.not_ready():
                return progress, now - since
            if now - since > timeout:
                return progress, None
            earlier = progress
            time.sleep(POLL_SECONDS)


def observe(stack: Stack, progress: Progress) -> State:
    """Raises Failed."""
    with Child("-m", "lab.chaos.inside", "stored", environment=stack.environment) as child:
        stored = child.hear()
        child.wait()
    verify = [sys.executable, "manage.py", "replay_events", "--verify"]
    verified = subprocess.run(verify, cwd=BASE, env=stack.environment, capture_output=True)
    try:
        page = read_page(stack.addresses["query"])
    except httpx.HTTPError:
        page = None
    return State(
        page=page,
        log=tuple(Event(**event) for event in stored["log"]),
        tables=Tables(**stored["tables"]),
        progress=progress,
        rebuilds=verified.returncode == 0,
    )


def read_page(address: str) -> tuple[PagePost, ...]:
    """All posts with all comments, as the public has them from the query service. Raises
    httpx.HTTPError."""
    with httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        listed = list(_results(http, "/api/query/posts/?limit=100"))
        return tuple(_read_post(http, post["id"]) for post in listed)


def _read_post(http: httpx.Client, id_: str) -> PagePost:
    post = _get(http, f"/api/query/posts/{id_}/").json()
    comments = [*post["comments"], *_results(http, post["comments_next"])]
    return PagePost(
        id_,
        post["title"],
        tuple(PageComment(each["id"], each["author"], each["status"]) for each in comments),
        tuple(_anchors(http, id_)),
    )


def _anchors(http: httpx.Client, post: str) -> Iterator[str]:
    for number in count(1):
        html = _get(http, f"/posts/{post}/?page={number}").text
        yield from ANCHOR.findall(html)
        if f"page={number + 1}" not in html:
            return


def _results(http: httpx.Client, address: str | None) -> Iterator[Any]:
    while address:
        page = _get(http, address).json()
        yield from page["results"]
        address = page["next"]


def _get(http: httpx.Client, address: str) -> httpx.Response:
    return http.get(address).raise_for_status()


def _progress(child: Child) -> Progress:
    child.go()
    return Progress(**child.hear())
