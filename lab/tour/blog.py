"""The running blog as its readers and writers meet it."""

import math
import re
from collections.abc import Callable, Mapping
from html import unescape
from itertools import takewhile
from time import sleep
from typing import Any

from config.processes import ProcessError
from lab.tour import client
from lab.tour.client import Answer

LIST = 100  # the newest posts, as many as one answer holds
PATIENCE = 70  # seconds: the limit on writes counts by the minute
TOO_MANY = 429
EXCERPT = 60  # bytes
NO_CHANGE = "no change"


class Blog:
    """`addresses` says where each service answers. Whatever finds nobody there raises NoAnswer."""

    def __init__(self, addresses: Mapping[str, str], tell: Callable[[str], None]) -> None:
        self._at = addresses
        self._tell = tell

    @property
    def address(self) -> str:
        """Where the page is."""
        return self._at["query"]

    def write_post(self, title: str, body: str) -> Answer:
        return self._write(f"{self._at['posts']}/api/posts/", {"title": title, "body": body})

    def write_comment(self, post_id: str, author: str, content: str) -> Answer:
        return self._write(
            f"{self._at['comments']}/api/posts/{post_id}/comments/",
            {"author": author, "content": content},
        )

    def comments(self, post_id: str) -> dict[str, dict[str, Any]]:
        """The comments that the query service shows with the post, by id. Empty where it has no
        such post."""
        answer = client.get(f"{self.address}/api/query/posts/{post_id}/")
        comments = answer.data["comments"] if answer.status == 200 else []
        return {comment["id"]: comment for comment in comments}

    def titles(self) -> list[str]:
        """Of the newest posts that the query service knows."""
        return [post["title"] for post in client.get(self._list).data["results"]]

    def everything(self, post_ids: list[str]) -> bytes:
        """What the query API answers: the list of the newest posts with their comments, and each
        of these posts, byte for byte."""
        # The list's "next" is signed anew each time; what follows it is the posts.
        _, _, posts = client.get(self._list).body.partition(b'"results":')
        details = (client.get(f"{self.address}/api/query/posts/{id_}/").body for id_ in post_ids)
        return b"\n".join((posts, *details))

    def page(self, path: str = "/") -> str:
        """The page's HTML, with the status before it where that is not 200."""
        answer = client.get(f"{self.address}{path}")
        html = unescape(answer.body.decode())
        return html if answer.status == 200 else f"{answer.status} {html}"

    def comment_on_page(self, post_id: str, comment_id: str) -> str:
        """The words of one comment on its post's page; empty where the page does not show it."""
        html = self.page(f"/posts/{post_id}/")
        found = re.search(rf'<li[^>]*id="comment-{comment_id}".*?</li>', html, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""

    @property
    def _list(self) -> str:
        return f"{self.address}/api/query/posts/?limit={LIST}"

    def _write(self, address: str, data: dict[str, str]) -> Answer:
        """Where too much was written from here lately, waits as long as the answer says."""
        waited = 0
        while (answer := client.post(address, data)).status == TOO_MANY:
            seconds = math.ceil(float(answer.headers.get("Retry-After") or 1))
            if waited + seconds > PATIENCE:
                raise ProcessError("THROTTLE_WRITES allows too few writes for the demo: raise it")
            self._tell(f"THROTTLE_WRITES allows no more writes for {seconds} s: waiting.")
            sleep(seconds)
            waited += seconds
        return answer


def difference(before: bytes, after: bytes) -> str:
    """Where two answers begin to differ, or ``NO_CHANGE``."""
    if before == after:
        return NO_CHANGE
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    old, new = (text[same : same + EXCERPT].decode(errors="replace") for text in (before, after))
    return f"{old!r} has become {new!r} at byte {same:,} of {len(before):,}"
