"""The ways to build the page (``ways.toml``), and the client that reads it in each of them over
HTTP and checks that all build the same one."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import msgspec

from lab.errors import LabFailed
from lab.http import CallFailed, Calls, Network
from lab.statistics import percentile, timed
from web.readers import APPROVED, STATUSES

LIMIT = 100  # posts in one response, of every process: what the blog's APIs allow
SMALLEST_REQUESTS = 50

Posts = list[dict[str, Any]]
"""The newest posts, each with ``id, title, slug, body, author, created_at, comment_count, counts``
and ``comments``, in order of time: ``id, parent_id, author, content, status, created_at, reason``.
All of it as the public may see it, in the types that JSON has."""

Addresses = Mapping[str, str]  # where each process is: ``http://127.0.0.1:8701`` by ``posts``


@dataclass(frozen=True)
class Takes:
    """What a page takes, in all processes together."""

    requests: int
    queries: int


@dataclass(frozen=True)
class Way:
    """Reads list after list at ``path`` of ``process``, and takes for that ``lists`` for each list
    of at most ``LIMIT`` posts, ``each_post`` for each post.

    The posts have their comments already; or, where the browser fetches those, ``at_a_time``
    requests are made, one for each post. ``cache``: the process's is ``bypassed``, or what the
    browser has is ``revalidated``."""

    name: str
    title: str
    process: str
    path: str
    lists: Takes
    each_post: Takes = Takes(0, 0)
    at_a_time: int = 0
    cache: Literal["", "bypassed", "revalidated"] = ""

    def read(self, calls: Calls, at: Addresses, posts: int) -> Posts:
        """The page with so many posts. Raises CallFailed."""
        shown: Posts = []
        next_: str | None = f"{at[self.process]}{self.path}?limit={min(posts, LIMIT)}"
        while next_ and len(shown) < posts:
            page = self._list(calls, next_)
            found, next_ = page["results"][: posts - len(shown)], page["next"]
            if self.at_a_time:
                found = with_comments(calls, at["comments"], found, self.at_a_time)
            shown += found
        return shown

    def _list(self, calls: Calls, url: str) -> Any:
        """``{"next": URL or None, "results": posts}``"""
        if self.cache != "revalidated":
            return calls.get(url, {"Cache-Control": "no-cache"} if self.cache else None).data
        tag, page = _in_browser.get(url, ("", {}))
        response = calls.get(url, {"If-None-Match": tag} if tag else None)
        if response.status != HTTPStatus.NOT_MODIFIED:
            page = response.data
            _in_browser[url] = (response.headers["ETag"], page)
        return page

    def takes(self, posts: int) -> Takes:
        lists, each, count = self.lists, self.each_post, requests_for(posts)
        requests = count * lists.requests + posts * each.requests
        return Takes(requests, count * lists.queries + posts * each.queries)


_in_browser: dict[str, tuple[str, Any]] = {}
"""What a browser keeps: each response by its URL, with its ETag."""

TEXTS = Path(__file__).with_suffix(".toml").read_bytes()
WAYS = msgspec.toml.decode(TEXTS, type=dict[str, tuple[Way, ...]])["ways"]


def requests_for(posts: int) -> int:
    """How many requests a list of so many posts takes."""
    return math.ceil(posts / LIMIT)


def with_comments(calls: Calls, comments_url: str, posts: Posts, at_a_time: int) -> Posts:
    """The posts (100 at most) with their comments: a request for each post, so many
    ``at_a_time``; or, where that is 0, one request for all. Raises CallFailed."""
    if at_a_time or not posts:
        urls = [f"{comments_url}/api/posts/{post['id']}/comments/" for post in posts]
        responses = calls.get_all(urls, at_a_time)
    else:
        query = "&".join(f"post_id={post['id']}" for post in posts)
        responses = [calls.get(f"{comments_url}/api/comments/?limit=1000&{query}")]
    names = ("id", "parent_id", "author", "content", "status", "created_at", "reason")
    of_post = defaultdict(list)
    for comment in (comment for each in responses for comment in each.data["results"]):
        of_post[comment["post_id"]].append({name: comment[name] for name in names})
    shown = []
    for post in posts:
        its = of_post[post["id"]]
        counts = {status: sum(each["status"] == status for each in its) for status in STATUSES}
        count = {"comment_count": counts[APPROVED], "counts": counts}
        shown.append({**post, **count, "comments": its})
    return shown


@dataclass(frozen=True)
class Page:
    """``body`` is its canonical JSON, and None where it did not come: ``error`` is the reason.
    ``seconds`` are those until its posts were there, or until it had failed."""

    way: Way
    seconds: float
    body: bytes | None
    calls: Calls
    error: str = ""


@dataclass(frozen=True)
class Client:
    """``delay`` of each hop and ``timeout`` of a page are in seconds."""

    network: Network
    addresses: Addresses
    delay: float = 0.0
    timeout: float = 60.0

    def read(self, way: Way, posts: int) -> Page:
        calls = Calls(self.network, self.delay, self.timeout)

        def run() -> tuple[Posts | None, str]:
            try:
                return way.read(calls, self.addresses, posts), ""
            except CallFailed as failed:
                return None, str(failed)

        seconds, (found, error) = timed(run)
        return Page(way, seconds, None if found is None else canonical(found), calls, error)

    def agreed(self, posts: int) -> bytes:
        """The page that all ways build, the same byte for byte, each with the requests and
        queries that it should take. Raises LabFailed where they do not agree."""
        body = self.read(WAYS[0], posts).body or b""
        for way in WAYS:
            self.read(way, posts)  # the first time, caches and connections are cold
            check(self.read(way, posts), body, posts)
        return body

    def round_trip(self) -> float:
        """Seconds, in the median, of the smallest request, with the client's delay."""
        calls = Calls(self.network, self.delay)
        url = f"{self.addresses['query']}/healthz"
        took = [timed(lambda: calls.get(url))[0] for _ in range(SMALLEST_REQUESTS)]
        return percentile(took, 50)


def canonical(posts: Posts) -> bytes:
    """The page's JSON: one and the same, byte for byte, for the same content."""
    return msgspec.json.encode(posts, order="deterministic")


def check(page: Page, body: bytes, posts: int) -> None:
    """Raises LabFailed where it is another page, or took other than it should."""
    name, other = page.way.name, page.body
    if other is None:
        raise LabFailed(f"{name} does not build the page: {page.error}")
    if other != body:
        pairs = enumerate(zip(body, other, strict=False))
        at = next((at for at, (a, b) in pairs if a != b), 0)
        one, two = (each[max(0, at - 40) : at + 40] for each in (body, other))
        raise LabFailed(f"{name} builds another page: {one!r} is {two!r}")
    took = Takes(page.calls.requests, page.calls.queries)
    if took != page.way.takes(posts):
        raise LabFailed(f"{name} took {took}, and not {page.way.takes(posts)}")
