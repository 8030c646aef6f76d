"""Reads the page as the public has it: the query API, and the HTML."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx

from lab.chaos.client import SECONDS
from lab.chaos.seen import ShownComment, ShownPost

ANCHOR = re.compile(r'id="comment-([0-9a-f-]{36})"')


class Page:
    """The query service at ``address``. Raises httpx.HTTPError where it does not answer."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = httpx.Client(base_url=address, timeout=SECONDS, trust_env=False)

    def read(self) -> tuple[ShownPost, ...]:
        """All of it."""
        with self._http:
            listed = list(self._all("/api/query/posts/?limit=100"))
            return tuple(self._post(post["id"]) for post in listed)

    def _post(self, id_: str) -> ShownPost:
        address = f"/api/query/posts/{id_}/"
        post = self._json(address)
        rest = self._all(post["comments_next"]) if post["comments_next"] else ()
        comments = [*post["comments"], *rest]
        shown = (ShownComment(each["id"], each["author"], each["status"]) for each in comments)
        return ShownPost(id_, post["title"], tuple(shown), tuple(self._anchors(id_)))

    def _anchors(self, post: str) -> Iterator[str]:
        for number in count(1):
            html = self._get(f"/posts/{post}/?page={number}").text
            yield from ANCHOR.findall(html)
            if f"page={number + 1}" not in html:
                return

    def _all(self, address: str) -> Iterator[Any]:
        next_: str | None = address
        while next_:
            answer = self._json(next_)
            yield from answer["results"]
            next_ = answer["next"]

    def _json(self, address: str) -> Any:
        return self._get(address).json()

    def _get(self, address: str) -> httpx.Response:
        return self._http.get(address).raise_for_status()
