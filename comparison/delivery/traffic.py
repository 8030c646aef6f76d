"""Writes comments over HTTP, as several people at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from itertools import count, islice
from threading import Event

from comparison.delivery.services import REQUEST_TIMEOUT_SECONDS
from lab.errors import LabFailed
from lab.http import NoResponse, request

WRITERS = 8
RATE = 60
"""Comments a second, at most."""
REJECTED_EVERY = 10
"""Every tenth comment is about oranges, which a rule rejects."""
RETRY_SECONDS = 0.02
WRITING_TIMEOUT_SECONDS = 60.0


class Halted(Exception):
    """The run is being ended."""


class Traffic:
    """Comments to ``address``, the URL of the post's comments. A comment whose response is not 201
    is not counted in ``written``, and is sent again."""

    def __init__(self, address: str, halt: Event) -> None:
        self.address, self.halt = address, halt
        self.written: list[str] = []
        self._numbers = count()

    @contextmanager
    def writing(self, comments: int) -> Iterator[None]:
        """So many more comments are written during the context, and all are when it ends. Raises
        LabFailed if that takes too long, and Halted."""
        began = time.monotonic()
        end = began + comments / RATE + WRITING_TIMEOUT_SECONDS
        with ThreadPoolExecutor(WRITERS) as people:
            sent = [
                people.submit(self._write, number, began + place / RATE, end)
                for place, number in enumerate(islice(self._numbers, comments))
            ]
            try:
                yield
            except BaseException:
                people.shutdown(wait=False, cancel_futures=True)
                raise
        for each in sent:
            each.result()

    def write(self, comments: int) -> None:
        with self.writing(comments):
            pass

    def _write(self, number: int, due: float, end: float) -> None:
        kind = "An orange" if number % REJECTED_EVERY == 0 else "A kind word"
        wait = due - time.monotonic()
        while not self.halt.wait(max(0.0, wait)):
            if id := self._post(f"{kind}, {number}"):
                self.written.append(id)
                return
            if time.monotonic() > end:
                raise LabFailed(f"only {len(self.written)} comments could be written")
            wait = RETRY_SECONDS
        raise Halted

    def _post(self, content: str) -> str | None:
        comment = {"author": "Ann", "content": content}
        try:
            response = request("POST", self.address, comment, timeout=REQUEST_TIMEOUT_SECONDS)
        except NoResponse:
            return None
        id: str | None = response.data["id"] if response.status == HTTPStatus.CREATED else None
        return id
