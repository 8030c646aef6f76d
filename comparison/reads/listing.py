"""Lists come in pages of at most 100 posts, from the blog's APIs and from the lab's own views."""

from collections.abc import Callable, Iterator
from typing import Any

from comparison.reads.way import LIMIT, Posts
from lab.network import Calls

Ask = Callable[[str], dict[str, Any]]
"""From a URL to what it answers: ``{"next": URL or None, "results": posts}``."""


def pages(ask: Ask, url: str, posts: int) -> Iterator[Posts]:
    """The newest ``posts`` of the list at ``url``, a request for each page. Raises CallFailed."""
    next_: str | None = f"{url}?limit={min(posts, LIMIT)}"
    while next_ and posts > 0:
        page = ask(next_)
        yield page["results"][:posts]
        posts -= len(page["results"])
        next_ = page["next"]


def plainly(calls: Calls) -> Ask:
    return lambda url: calls.get(url).data


def whole(ask: Ask, url: str, posts: int) -> Posts:
    """The list in one, where its posts have their comments already. Raises CallFailed."""
    return [post for page in pages(ask, url, posts) for post in page]
