"""The ways to build the page: each a function that fetches it over HTTP."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lab.network import Calls

LIMIT = 100
"""Posts in one response, of every process: what the blog's APIs allow."""
BROWSER_CONNECTIONS = 6
"""Requests that a browser sends to one host at a time over HTTP/1.1."""

Posts = list[dict[str, Any]]
"""The newest posts, each with ``id, title, body, author, created_at, comment_count`` and
``comments``, in order of time: ``id, author, content, status, created_at``. All of it as the
public may see it, in the types that JSON has."""

Addresses = Mapping[str, str]
"""Where each process is: ``http://127.0.0.1:8701`` by ``posts``."""

Read = Callable[[Calls, Addresses, int], Posts]
"""Builds the page with so many posts. Raises CallFailed."""

Fetch = Callable[[Calls, str], Any]
"""From a URL to its JSON: ``{"next": URL or None, "results": posts}``."""


@dataclass(frozen=True)
class Takes:
    """What a page takes, in all processes together."""

    requests: int
    queries: int


@dataclass(frozen=True)
class Way:
    """``list_takes`` for each list of at most ``LIMIT`` posts, ``post_takes`` for each post: the
    requests and queries that were counted are held against it."""

    name: str
    title: str
    read: Read
    list_takes: Takes
    post_takes: Takes = Takes(0, 0)

    def takes(self, posts: int) -> Takes:
        lists = requests_for(posts)
        return Takes(
            lists * self.list_takes.requests + posts * self.post_takes.requests,
            lists * self.list_takes.queries + posts * self.post_takes.queries,
        )


def requests_for(posts: int) -> int:
    """How many requests a list of so many posts takes."""
    return math.ceil(posts / LIMIT)


def fetch(calls: Calls, url: str) -> Any:
    return calls.get(url).data


def fetch_uncached(calls: Calls, url: str) -> Any:
    return calls.get(url, {"Cache-Control": "no-cache"}).data


class Browser:
    """Keeps each response with its ETag, and revalidates it (304 Not Modified)."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}

    def fetch(self, calls: Calls, url: str) -> Any:
        tag, page = self._kept.get(url, ("", {}))
        response = calls.get(url, {"If-None-Match": tag} if tag else None)
        if not response.is_unchanged:
            page = response.data
            self._kept[url] = (response.headers["ETag"], page)
        return page


def lists(process: str, path: str, fetch: Fetch = fetch, at_a_time: int = 0) -> Read:
    """Reads list after list from one process. Its posts have their comments already; or, where
    the browser fetches those, ``at_a_time`` requests are made, one for each post."""

    def read(calls: Calls, at: Addresses, posts: int) -> Posts:
        shown: Posts = []
        next_: str | None = f"{at[process]}{path}?limit={min(posts, LIMIT)}"
        while next_ and len(shown) < posts:
            page = fetch(calls, next_)
            found, next_ = page["results"][: posts - len(shown)], page["next"]
            if at_a_time:
                found = with_comments_one_by_one(calls, at["comments"], found, at_a_time)
            shown += found
        return shown

    return read


def with_comments_one_by_one(
    calls: Calls, comments_url: str, posts: Posts, at_a_time: int
) -> Posts:
    """The posts with their comments: a request for each post. Raises CallFailed."""
    urls = [f"{comments_url}/api/posts/{post['id']}/comments/" for post in posts]
    responses = calls.get_all(urls, at_a_time)
    return assemble(posts, [comment for each in responses for comment in each.data["results"]])


def with_comments_in_one_batch(calls: Calls, comments_url: str, posts: Posts) -> Posts:
    """The posts (100 at most) with their comments: one request for all. Raises CallFailed."""
    if not posts:
        return posts
    query = "&".join(f"post_id={post['id']}" for post in posts)
    response = calls.get(f"{comments_url}/api/comments/?limit=1000&{query}")
    return assemble(posts, response.data["results"])


def assemble(posts: Posts, comments: Iterable[dict[str, Any]]) -> Posts:
    """Each post with its comments, in the order in which they come."""
    names = ("id", "author", "content", "status", "created_at")
    of_post = defaultdict(list)
    for comment in comments:
        of_post[comment["post_id"]].append({name: comment[name] for name in names})
    return [
        {**post, "comment_count": len(of_post[post["id"]]), "comments": of_post[post["id"]]}
        for post in posts
    ]


monolith = partial(lists, "monolith")
gateway = partial(lists, "gateway")
read_model = partial(lists, "query", "/api/query/posts/")
per_post = partial(lists, "posts", "/api/posts/")  # the article's first version
COMMENTS = Takes(requests=1, queries=2)  # is the post known; its comments

WAYS = (
    Way("monolith-join", "Monolith, one join", monolith("/lab/monolith/join/"), Takes(1, 1)),
    Way(
        "monolith-loop",
        "Monolith, careless loop (N + 1 queries)",
        monolith("/lab/monolith/loop/"),
        Takes(1, 1),
        Takes(0, 1),
    ),
    Way(
        "per-post",
        "One request per post, one after another",
        per_post(at_a_time=1),
        Takes(1, 1),
        COMMENTS,
    ),
    Way(
        "per-post-six",
        "One request per post, six at a time",
        per_post(at_a_time=BROWSER_CONNECTIONS),
        Takes(1, 1),
        COMMENTS,
    ),
    Way(
        "gateway-sequential",
        "Gateway, a call per post, one after another",
        gateway("/lab/gateway/sequential/"),
        Takes(2, 1),
        COMMENTS,
    ),
    Way(
        "gateway-parallel",
        "Gateway, a call per post, eight at a time",
        gateway("/lab/gateway/parallel/"),
        Takes(2, 1),
        COMMENTS,
    ),
    Way(
        "gateway-batched",
        "Gateway, one call for all comments",
        gateway("/lab/gateway/batched/"),
        Takes(3, 2),
    ),
    Way("direct", "Both services' databases, read directly", gateway("/lab/direct/"), Takes(1, 2)),
    # The blog's own way. Its cache is left out of the first.
    Way("read-model", "Event-fed read model", read_model(fetch_uncached), Takes(1, 2)),
    # The one query of these two is for the version of the read model.
    Way(
        "read-model-cached", "Event-fed read model, its responses cached", read_model(), Takes(1, 1)
    ),
    Way(
        "read-model-unchanged",
        "Event-fed read model, revalidated (304 Not Modified)",
        read_model(Browser().fetch),
        Takes(1, 1),
    ),
)
