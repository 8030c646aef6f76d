"""Writes comments over HTTP, as several people at once."""

import time
from contextlib import AbstractContextManager
from http import HTTPStatus
from threading import Condition, Event, Thread

from comparison.delivery.services import REQUEST_TIMEOUT_SECONDS
from lab.errors import LabFailed
from lab.http import NoResponse, request

WRITERS = 8
REJECTED_EVERY = 10
"""Every tenth comment is about oranges, which a rule rejects."""
RETRY_SECONDS = 0.02
PROGRESS_TIMEOUT_SECONDS = 60.0


class Halted(Exception):
    """The run is being ended."""


class Traffic(AbstractContextManager["Traffic"]):
    """``total`` comments to ``address`` (the URL of the post's comments), at most ``rate`` a
    second. As a context it runs inside, and has ended when the context has. Only ``allowed`` are
    begun until more are allowed.

    A comment whose response is not 201 does not count, and another is written.
    """

    def __init__(
        self, address: str, total: int, rate: float, halt: Event, allowed: int | None = None
    ) -> None:
        self.address, self.total, self.rate, self.halt = address, total, rate, halt
        self.written: list[str] = []
        self.refused = 0
        self._begun, self._allowed = 0, total if allowed is None else allowed
        self._changed = Condition()
        self._threads = [Thread(target=self._write, daemon=True) for _ in range(WRITERS)]

    def allow(self, count: int) -> None:
        """So many may be begun: all others begin after what was done before this call."""
        with self._changed:
            self._allowed = count
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Returns when so many were written. Raises LabFailed if that takes too long."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self.written) >= count or self.halt.is_set(), PROGRESS_TIMEOUT_SECONDS
            )
        if self.halt.is_set():
            raise Halted
        if not done:
            raise LabFailed(f"only {len(self.written)} comments of {count} could be written")

    def __enter__(self) -> "Traffic":
        self._start = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if error:
            self.total = 0
        self.allow(self.total)
        for thread in self._threads:
            thread.join()
        if not error:
            self.wait_for(self.total)

    def _write(self) -> None:
        while (number := self._next()) is not None:
            self.halt.wait(max(0.0, self._start + number / self.rate - time.monotonic()))
            while not self.halt.is_set() and self.total:
                if self._post(number):
                    break
                self.halt.wait(RETRY_SECONDS)

    def _next(self) -> int | None:
        with self._changed:
            while self._allowed <= self._begun < self.total and not self.halt.is_set():
                self._changed.wait(RETRY_SECONDS)
            if self._begun >= self.total or self.halt.is_set():
                return None
            self._begun += 1
            return self._begun - 1

    def _post(self, number: int) -> bool:
        kind = "An orange" if number % REJECTED_EVERY == 0 else "A kind word"
        comment = {"author": "Ann", "content": f"{kind}, {number}"}
        try:
            response = request("POST", self.address, comment, timeout=REQUEST_TIMEOUT_SECONDS)
            id = response.data["id"] if response.status == HTTPStatus.CREATED else None
        except NoResponse:
            id = None
        with self._changed:
            if id:
                self.written.append(id)
            else:
                self.refused += 1
            self._changed.notify_all()
        return bool(id)
