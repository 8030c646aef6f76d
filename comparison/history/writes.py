"""Writes through the services while the new service copies: what is then missing or stale."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle
from random import Random
from typing import Any

from msgspec.structs import asdict

from comparison.history.new_service import NewService, Subscribed
from comparison.history.results import Copy
from comparison.history.ways import WAYS, Way
from lab.data import PostData
from lab.errors import LabFailed
from lab.http import request
from lab.load import meanwhile
from lab.statistics import milliseconds

KINDS = ("added", "added", "edited", "added", "deleted")  # in turn
FIRST = 3  # writes before the copy begins

Write = tuple[str, str, str, dict[str, str] | None]
"""Its kind (a comment is ``added`` or ``deleted``, or a post ``edited``), method, URL and data."""


def writes(data: Sequence[PostData], at: Mapping[str, str], seed: int) -> Iterator[Write]:
    """To random posts and comments of the blog; each comment is deleted once."""
    random = Random(seed)  # noqa: S311 - data, no secrets
    comment_ids = [comment.id for post in data for comment in post.comments]
    random.shuffle(comment_ids)
    posts, comments = f"{at['posts']}/api/posts", f"{at['comments']}/api"
    for number, kind in zip(count(1), cycle(KINDS)):
        post = random.choice(data).id
        if kind == "added":
            comment = {"author": "Gil", "content": f"Late comment {number}"}
            yield kind, "POST", f"{comments}/posts/{post}/comments/", comment
        elif kind == "edited":
            yield kind, "PATCH", f"{posts}/{post}/", {"title": f"Another title {number}"}
        elif comment_ids:
            yield kind, "DELETE", f"{comments}/comments/{comment_ids.pop()}/", None


def copies_amid_writes(
    service: NewService, todo: Iterator[Write], subscribed: tuple[Subscribed, ...]
) -> Iterator[Copy]:
    """Each way; one that does not read the stored events once for each of ``subscribed``."""
    for way in WAYS:
        for since in ("always",) if way.stored_events else subscribed:
            yield _cell(service, way, since, todo)


def _cell(service: NewService, way: Way, since: Any, todo: Iterator[Write]) -> Copy:
    """The rows are compared when it has handled everything since it is subscribed. Raises
    LabFailed if a write is refused."""
    done: list[tuple[str, float, float]] = []

    def write(_: int) -> None:
        kind, method, url, data = next(todo)
        began = time.monotonic()
        request(method, url, data, headers=service.login).expect_success()
        done.append((kind, began, time.monotonic()))

    for number in range(FIRST):
        write(number)
    with meanwhile(write, every=0):
        copied = service.copy(way, subscribed="never" if since == "always" else since)
    if copied.errors:
        raise LabFailed(f"{way.name} does not copy: {copied.errors[0]}")
    handled = service.catch_up()
    during = Counter(
        kind for kind, began, ended in done if began <= copied.ended and copied.began <= ended
    )
    return Copy(
        way=way.name,
        subscribed=since,
        ms=milliseconds(copied.seconds),
        written=during.total(),
        **{kind: during[kind] for kind in set(KINDS)},
        handled=handled,
        **asdict(service.difference()),
    )
