"""Writes through the services while the new service copies: what is then missing or stale."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, cycle
from random import Random
from threading import Event, Thread
from typing import Any, NamedTuple

from comparison.history.new_service import NewService, Subscribed
from comparison.history.results import Copy
from comparison.history.ways import WAYS, Way
from lab.data import PostData
from lab.errors import LabFailed
from lab.http import request
from lab.statistics import milliseconds

KINDS = ("added", "added", "edited", "added", "deleted")  # in turn
FIRST = 3  # writes before the copy begins


class Write(NamedTuple):
    """A comment is ``added`` or ``deleted``, or a post ``edited``."""

    kind: str
    method: str
    url: str
    data: dict[str, str] | None


class Written(NamedTuple):
    kind: str
    began: float
    ended: float


def writes(data: Sequence[PostData], at: Mapping[str, str], seed: int) -> Iterator[Write]:
    """To random posts and comments of the blog; each comment is deleted once."""
    random = Random(seed)  # noqa: S311 - data, no secrets
    comment_ids = [comment.id for post in data for comment in post.comments]
    random.shuffle(comment_ids)
    for number, kind in zip(count(1), cycle(KINDS)):
        post = random.choice(data).id
        comments = f"{at['comments']}/api"
        match kind:
            case "added":
                comment = {"author": "Gil", "content": f"Late comment {number}"}
                yield Write(kind, "POST", f"{comments}/posts/{post}/comments/", comment)
            case "edited":
                title = {"title": f"Another title {number}"}
                yield Write(kind, "PATCH", f"{at['posts']}/api/posts/{post}/", title)
            case "deleted" if comment_ids:
                url = f"{comments}/comments/{comment_ids.pop()}/"
                yield Write(kind, "DELETE", url, None)


class Writer:
    """Writes one after another, as staff, inside its context. Raises LabFailed at the end if a
    write was refused."""

    def __init__(self, todo: Iterator[Write], login: dict[str, str]) -> None:
        self._todo, self._headers = todo, login
        self._done: list[Written] = []
        self._error = ""
        self._begun, self._stop = Event(), Event()
        self._thread = Thread(target=self._work, daemon=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._thread.start()
        self._begun.wait()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()
        if self._error:
            raise LabFailed(self._error)

    def during(self, began: float, ended: float) -> Counter[str]:
        """How many writes of each kind fell into this time, at least in part."""
        return Counter(
            written.kind
            for written in self._done
            if written.began <= ended and began <= written.ended
        )

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self._write(next(self._todo))
                if len(self._done) == FIRST:
                    self._begun.set()
        except Exception as error:
            self._error = f"the writer failed: {error}"
        finally:
            self._begun.set()

    def _write(self, write: Write) -> None:
        began = time.monotonic()
        request(write.method, write.url, write.data, headers=self._headers).expect_success()
        self._done.append(Written(write.kind, began, time.monotonic()))


def copies_amid_writes(
    service: NewService, todo: Iterator[Write], subscribed: tuple[Subscribed, ...]
) -> Iterator[Copy]:
    """Each way; one that does not read the stored events once for each of ``subscribed``."""
    for way in WAYS:
        for since in ("always",) if way.stored_events else subscribed:
            yield _cell(service, way, since, todo)


def _cell(service: NewService, way: Way, since: Any, todo: Iterator[Write]) -> Copy:
    """The rows are compared when it has handled everything since it is subscribed."""
    writer = Writer(todo, service.login)
    with writer.writing():
        copied = service.copy(way, subscribed="never" if since == "always" else since)
    if copied.errors:
        raise LabFailed(f"{way.name} does not copy: {copied.errors[0]}")
    handled = service.catch_up()
    found = service.difference()
    during = writer.during(copied.began, copied.ended)
    return Copy(
        way=way.name,
        subscribed=since,
        ms=milliseconds(copied.seconds),
        written=during.total(),
        **{kind: during[kind] for kind in dict.fromkeys(KINDS)},
        handled=handled,
        missing=found.missing,
        stale=found.stale,
        ghosts=found.ghosts,
    )
