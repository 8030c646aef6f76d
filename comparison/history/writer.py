"""Somebody writes, through the services, while the newcomer copies."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import count, cycle
from random import Random
from threading import Event, Thread
from typing import NamedTuple

from lab.asking import ask
from lab.data import PostData
from lab.errors import LabFailed

TURNS = ("added", "added", "edited", "added", "deleted")
FIRST = 3  # writes that are there before anybody else begins
JSON = {"Content-Type": "application/json"}


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
    there = [comment.id for post in data for comment in post.comments]
    random.shuffle(there)
    for number, kind in zip(count(1), cycle(TURNS)):
        post = random.choice(data).id
        comments = f"{at['comments']}/api"
        match kind:
            case "added":
                said = {"author": "Gil", "content": f"Late comment {number}"}
                yield Write(kind, "POST", f"{comments}/posts/{post}/comments/", said)
            case "edited":
                title = {"title": f"Another title {number}"}
                yield Write(kind, "PATCH", f"{at['posts']}/api/posts/{post}/", title)
            case "deleted" if there:
                yield Write(kind, "DELETE", f"{comments}/comments/{there.pop()}/", None)


@contextmanager
def writing(todo: Iterator[Write], login: dict[str, str]) -> Iterator["Writer"]:
    """Somebody is at it, all the while, and in the middle of it from the start. Raises LabFailed
    at the end where a write was refused."""
    writer = Writer(todo, login)
    writer.start()
    try:
        yield writer
    finally:
        writer.finish()
    if writer.refused:
        raise LabFailed(writer.refused)


class Writer:
    """Writes one after another, as staff."""

    def __init__(self, todo: Iterator[Write], login: dict[str, str]) -> None:
        self._todo, self._headers = todo, {**JSON, **login}
        self._done: list[Written] = []
        self.refused = ""
        self._in_the_middle, self._enough = Event(), Event()
        self._thread = Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._in_the_middle.wait()

    def finish(self) -> None:
        self._enough.set()
        self._thread.join()

    def during(self, began: float, ended: float) -> Counter[str]:
        """How many writes of each kind fell into this time, at least in part."""
        return Counter(
            written.kind
            for written in self._done
            if written.began <= ended and began <= written.ended
        )

    def _work(self) -> None:
        try:
            while not self._enough.is_set():
                self._write(next(self._todo))
                if len(self._done) == FIRST:
                    self._in_the_middle.set()
        except Exception as error:
            self.refused = f"the writer failed: {error}"
        finally:
            self._in_the_middle.set()

    def _write(self, write: Write) -> None:
        body = json.dumps(write.data).encode() if write.data else None
        began = time.monotonic()
        said = ask(write.method, write.url, body, self._headers)
        if said.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise LabFailed(f"{write.method} {write.url} answered {said.status}")
        self._done.append(Written(write.kind, began, time.monotonic()))
