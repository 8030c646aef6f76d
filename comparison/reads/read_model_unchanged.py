"""The read model, asked by a browser that has the page: has anything changed since (ETag, 304)?"""

from typing import Any

from comparison.reads.listing import whole
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls


class Browser:
    """Keeps what it got, by URL, with its ETag."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, dict[str, Any]]] = {}

    def read(self, calls: Calls, at: Addresses, posts: int) -> Posts:
        return whole(lambda url: self._ask(calls, url), f"{at['query']}/api/query/posts/", posts)

    def _ask(self, calls: Calls, url: str) -> dict[str, Any]:
        tag, page = self._kept.get(url, ("", {}))
        answer = calls.get(url, {"If-None-Match": tag} if tag else None)
        if not answer.unchanged:
            page = answer.data
            self._kept[url] = (answer.headers["ETag"], page)
        return page


way = Way(
    name="read-model-unchanged",
    title="Event-fed read model, asked whether it has changed",
    claims=("fast-without-dependencies",),
    takes=lambda posts: Takes(requests_for(posts), requests_for(posts)),  # its version
    read=Browser().read,
)
