"""The running blog as its readers and writers use it: over HTTP, without a login."""

import math
import re
from collections.abc import Callable, Mapping
from html import unescape
from itertools import takewhile
from time import sleep
from typing import Any

from config.processes import ProcessError
from lab.http import Response, request

RESPONSE_TIMEOUT_SECONDS = 15
LIST_LIMIT = 100  # the newest posts, as many as one response holds
MAX_THROTTLE_SECONDS = 70  # the limit on writes counts by the minute
OK, TOO_MANY_REQUESTS = 200, 429
MAX_EXCERPT_BYTES = 60
NO_CHANGE = "no change"


class Blog:
    """``addresses``: of each service. ``explain`` prints why a write waits. All methods raise
    NoResponse."""

    def __init__(self, addresses: Mapping[str, str], explain: Callable[[str], None]) -> None:
        self._addresses, self._explain = addresses, explain

    @property
    def address(self) -> str:
        """Of the page."""
        return self._addresses["query"]

    def get(self, path: str) -> Response:
        return request("GET", f"{self.address}{path}", timeout=RESPONSE_TIMEOUT_SECONDS)

    def create_post(self, title: str, body: str) -> Response:
        return self._write("posts", "/api/posts/", {"title": title, "body": body})

    def create_comment(self, post_id: str, author: str, content: str) -> Response:
        path = f"/api/posts/{post_id}/comments/"
        return self._write("comments", path, {"author": author, "content": content})

    def comments(self, post_id: str) -> dict[str, dict[str, Any]]:
        """The comments that the query service has for the post, by id. Empty where it has no such
        post."""
        response = self.get(f"/api/query/posts/{post_id}/")
        comments = response.data["comments"] if response.status == OK else []
        return {comment["id"]: comment for comment in comments}

    def titles(self) -> list[str]:
        """Of the newest posts in the query service."""
        return [post["title"] for post in self._list().data["results"]]

    def everything(self, post_ids: list[str]) -> bytes:
        """The responses of the query API: the list of the newest posts with their comments, and
        each of these posts."""
        # The list's "next" is signed anew each time; what follows it is the posts.
        _, _, posts = self._list().body.partition(b'"results":')
        return b"\n".join((posts, *(self.get(f"/api/query/posts/{id_}/").body for id_ in post_ids)))

    def page(self, path: str = "/") -> str:
        """The page's HTML, after its status if that is not 200."""
        response = self.get(path)
        html = unescape(response.body.decode())
        return html if response.status == OK else f"{response.status} {html}"

    def comment_on_page(self, post_id: str, comment_id: str) -> str:
        """The text of one comment on its post's page; empty if the page does not show it."""
        html = self.page(f"/posts/{post_id}/")
        found = re.search(rf'<li[^>]*id="comment-{comment_id}".*?</li>', html, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""

    def _list(self) -> Response:
        return self.get(f"/api/query/posts/?limit={LIST_LIMIT}")

    def _write(self, service: str, path: str, data: dict[str, str]) -> Response:
        """If too much was written lately, waits as long as the response demands. Raises
        ProcessError if that is too long."""
        url, waited = f"{self._addresses[service]}{path}", 0
        while True:
            response = request("POST", url, data, timeout=RESPONSE_TIMEOUT_SECONDS)
            if response.status != TOO_MANY_REQUESTS:
                return response
            seconds = math.ceil(float(response.headers.get("Retry-After") or 1))
            waited += seconds
            if waited > MAX_THROTTLE_SECONDS:
                raise ProcessError("THROTTLE_WRITES allows too few writes for the tour: raise it")
            self._explain(f"THROTTLE_WRITES allows no more writes for {seconds} s: waiting.")
            sleep(seconds)


def difference(before: bytes, after: bytes) -> str:
    """Where two responses begin to differ, or ``NO_CHANGE``."""
    if before == after:
        return NO_CHANGE
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    old, new = (
        text[same : same + MAX_EXCERPT_BYTES].decode(errors="replace") for text in (before, after)
    )
    return f"{old!r} became {new!r} at byte {same:,} of {len(before):,}"
