"""The ways to build the page, and how each fetches it over HTTP."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.network import Calls

LIMIT = 100
"""Posts in one response, of every process: what the blog's APIs allow."""
BROWSER_CONNECTIONS = 6
"""Requests that a browser sends to one host at a time over HTTP/1.1."""

TITLES = {
    "monolith-join": "Monolith, one join",
    "monolith-loop": "Monolith, careless loop (N + 1 queries)",
    "per-post": "One request per post, one after another",
    "per-post-six": "One request per post, six at a time",
    "gateway-sequential": "Gateway, a call per post, one after another",
    "gateway-parallel": "Gateway, a call per post, eight at a time",
    "gateway-batched": "Gateway, one call for all comments",
    "direct": "Both services' databases, read directly",
    "read-model": "Event-fed read model",
    "read-model-cached": "Event-fed read model, its responses cached",
    "read-model-unchanged": "Event-fed read model, revalidated (304 Not Modified)",
}

Posts = list[dict[str, Any]]
"""The newest posts, each with ``id, title, body, author, created_at, comment_count`` and
``comments``, in order of time: ``id, author, content, status, created_at``. All of it as the
public may see it, in the types that JSON has."""

Addresses = Mapping[str, str]
"""Where each process is: ``http://127.0.0.1:8701`` by ``posts``."""

Fetch = Callable[[Calls, str], Any]
"""From a URL to its JSON: ``{"next": URL or None, "results": posts}``."""


@dataclass(frozen=True)
class Takes:
    """What a page takes, in all processes together."""

    requests: int
    queries: int


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


def with_comments(calls: Calls, comments_url: str, posts: Posts, at_a_time: int) -> Posts:
    """The posts (100 at most) with their comments: a request for each post, so many
    ``at_a_time``; or, where that is 0, one request for all. Raises CallFailed."""
    if at_a_time or not posts:
        urls = [f"{comments_url}/api/posts/{post['id']}/comments/" for post in posts]
        responses = calls.get_all(urls, at_a_time)
    else:
        query = "&".join(f"post_id={post['id']}" for post in posts)
        responses = [calls.get(f"{comments_url}/api/comments/?limit=1000&{query}")]
    return assemble(posts, [comment for each in responses for comment in each.data["results"]])


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


@dataclass(frozen=True)
class Way:
    """Reads list after list at ``path`` of ``process``.

    Its posts have their comments already; or, where the browser fetches those, ``at_a_time``
    requests are made, one for each post. ``list_takes`` for each list of at most ``LIMIT`` posts,
    ``post_takes`` for each post: the requests and queries that were counted are held against it.
    """

    name: str
    process: str
    path: str
    list_takes: Takes
    post_takes: Takes = Takes(0, 0)
    fetch: Fetch = fetch
    at_a_time: int = 0

    @property
    def title(self) -> str:
        return TITLES[self.name]

    def read(self, calls: Calls, at: Addresses, posts: int) -> Posts:
        """The page with so many posts. Raises CallFailed."""
        shown: Posts = []
        next_: str | None = f"{at[self.process]}{self.path}?limit={min(posts, LIMIT)}"
        while next_ and len(shown) < posts:
            page = self.fetch(calls, next_)
            found, next_ = page["results"][: posts - len(shown)], page["next"]
            if self.at_a_time:
                found = with_comments(calls, at["comments"], found, self.at_a_time)
            shown += found
        return shown

    def takes(self, posts: int) -> Takes:
        lists = requests_for(posts)
        return Takes(
            lists * self.list_takes.requests + posts * self.post_takes.requests,
            lists * self.list_takes.queries + posts * self.post_takes.queries,
        )


POSTS, QUERY = "/api/posts/", "/api/query/posts/"
COMMENTS = Takes(requests=1, queries=2)  # is the post known; its comments

WAYS = (
    Way("monolith-join", "monolith", "/lab/monolith/join/", Takes(1, 1)),
    Way("monolith-loop", "monolith", "/lab/monolith/loop/", Takes(1, 1), Takes(0, 1)),
    # The article's first version.
    Way("per-post", "posts", POSTS, Takes(1, 1), COMMENTS, at_a_time=1),
    Way("per-post-six", "posts", POSTS, Takes(1, 1), COMMENTS, at_a_time=BROWSER_CONNECTIONS),
    Way("gateway-sequential", "gateway", "/lab/gateway/sequential/", Takes(2, 1), COMMENTS),
    Way("gateway-parallel", "gateway", "/lab/gateway/parallel/", Takes(2, 1), COMMENTS),
    Way("gateway-batched", "gateway", "/lab/gateway/batched/", Takes(3, 2)),
    Way("direct", "gateway", "/lab/direct/", Takes(1, 2)),
    # The blog's own way. Its cache is left out of the first.
    Way("read-model", "query", QUERY, Takes(1, 2), fetch=fetch_uncached),
    # The one query of these two is for the version of the read model.
    Way("read-model-cached", "query", QUERY, Takes(1, 1)),
    Way("read-model-unchanged", "query", QUERY, Takes(1, 1), fetch=Browser().fetch),
)
