"""A client of one column's blog, over HTTP."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

from comparison.cost.ways import Column
from lab.data import WORDS
from lab.errors import LabFailed
from lab.http import Client, Response

TIMEOUT_SECONDS, POLL_SECONDS = 30, 0.003
COMMENTS_PER_POST = 10
"""No post gets more than a list shows of it."""
POSTS_PER_PAGE = 20


@dataclass(frozen=True)
class Blog:
    """Threads may share it."""

    column: Column
    addresses: Mapping[str, str]
    client: Client

    def post(self, number: int) -> str:
        """Writes a post; returns its id."""
        url = f"{self.addresses[self.column.posts]}/api/posts/"
        return self._write(url, title=f"Post {number}", body=_text(number, 60))

    def comment(self, post: str, number: int) -> str:
        """Writes a comment, every tenth with a word that is rejected; returns its id."""
        url = f"{self.addresses[self.column.comments]}/api/posts/{post}/comments/"
        orange = " and an orange" if number % 10 == 9 else ""
        return self._write(url, author="Ann", content=_text(number, 20) + orange)

    def statuses(self, post: str) -> dict[str, str]:
        """Those of the comments that are shown with a post, by id; none where it is not shown."""
        response = self._read(f"{post}/")
        if response.status == HTTPStatus.NOT_FOUND:
            return {}
        shown = response.expect_success().data["comments"]
        return {each["id"]: each["status"] for each in shown}

    def page(self, afresh: bool = False) -> Response:
        """The newest posts with their comments; ``afresh``: past all caches."""
        headers = {"Cache-Control": "no-cache"} if afresh else {}
        return self._read(f"?limit={POSTS_PER_PAGE}", headers).expect_success()

    def posts_for(self, comments: int) -> list[str]:
        """Writes posts for so many comments; returns the post of each when they are shown."""
        posts: list[str] = []
        for number in range(0, comments, COMMENTS_PER_POST):
            posts += [self.post(number)] * COMMENTS_PER_POST
        self._await(lambda: self._read(f"{posts[-1]}/").is_success, "a post is not shown")
        return posts[:comments]

    def await_final(self, post: str, comment: str) -> None:
        """Returns when the comment is shown with its final status."""
        self._await(
            lambda: is_final(self.statuses(post).get(comment)), "a comment has no final status"
        )

    def settle(self) -> None:
        """Returns when all that was written before is shown."""
        post = self.posts_for(1)[0]
        self.await_final(post, self.comment(post, 0))

    def _await(self, done: Callable[[], bool], problem: str) -> None:
        end = time.monotonic() + TIMEOUT_SECONDS
        while not done():
            if time.monotonic() > end:
                raise LabFailed(f"{self.column.title}: {problem} within {TIMEOUT_SECONDS} seconds")
            time.sleep(POLL_SECONDS)

    def _write(self, url: str, **data: str) -> str:
        return str(self.client.post(url, data).expect_success().data["id"])

    def _read(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(self.addresses[self.column.page] + self.column.path + path, headers)


def is_final(status: str | None) -> bool:
    return status in ("approved", "rejected")


def _text(number: int, words: int) -> str:
    return " ".join(Random(number).choices(WORDS, k=words))  # noqa: S311 - data, no secret
