"""The generator: which operation a client sends next, and the threads in which clients work."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from threading import Event

from lab.chaos.client import Client
from lab.chaos.history import Completion, F, History, Operation

CONTENTS = {
    "rejected": ("I like oranges", "Orange, of all colours", "An ORANGE a day"),
    "approved": ("I like storanges", "Blue, of all colours", "An apple a day"),
}
"""By the status that results from it."""
REJECTED_SHARE = 1 / 3
PAUSE_SECONDS = (0.1, 0.6)  # between a response and the next request
NO_CONNECTION_PAUSE_SECONDS = 0.3  # in addition

VISITOR: dict[F, float] = {F.CREATE_POST: 1, F.CREATE_COMMENT: 6}
STAFF: dict[F, float] = {
    F.CREATE_POST: 1,
    F.CREATE_COMMENT: 3,
    F.EDIT_POST: 2,
    F.MODERATE: 3,
    F.DELETE_COMMENT: 1,
    F.DELETE_POST: 0.3,
}
"""There is one member of the staff, so that nobody else changes the same post meanwhile."""


class Generator:
    """The operations of one client, which does each thing as often as its weight demands. The same
    seed and the same history give the same operations."""

    def __init__(
        self, process: str, seed: int, history: History, weights: Mapping[F, float] = VISITOR
    ) -> None:
        self.history, self.random = history, random.Random(seed)
        self._process, self._weights, self._numbers = process, weights, count(1)

    def next(self) -> Operation:
        posts = self.history.targets(F.CREATE_POST)
        [f] = self.random.choices(list(self._weights), list(self._weights.values()))
        if f is F.CREATE_POST or not posts:
            return self._operation(F.CREATE_POST, content="A body.")
        if f in (F.MODERATE, F.DELETE_COMMENT):
            if comments := self.history.targets(F.CREATE_COMMENT):
                return self._change(f, self.random.choice(comments))
            f = F.CREATE_COMMENT
        return self._change(f, self.random.choice(posts))

    def _change(self, f: F, target: str) -> Operation:
        status = content = ""
        match f:
            case F.DELETE_POST | F.DELETE_COMMENT:
                return Operation(self._process, f, target, target=target)
            case F.CREATE_COMMENT:
                status = "rejected" if self.random.random() < REJECTED_SHARE else "approved"
                content = self.random.choice(CONTENTS[status])
            case F.MODERATE:
                status = self.random.choice(("approved", "rejected"))
        return self._operation(f, target, status, content)

    def _operation(self, f: F, target: str = "", status: str = "", content: str = "") -> Operation:
        value = f"{self._process} {next(self._numbers)}"
        return Operation(self._process, f, value, target=target, status=status, content=content)


@contextmanager
def working(workers: Sequence[tuple[Generator, Client]]) -> Iterator[None]:
    """As long as the context lasts, each client sends what its generator gives, one operation
    after the other. All operations have completed at its end. Raises what a client raised."""
    end, start = Event(), time.monotonic()
    with ThreadPoolExecutor(len(workers)) as pool:
        threads = [pool.submit(_work, *worker, end, start) for worker in workers]
        try:
            yield
        finally:
            end.set()
    for thread in threads:
        thread.result()


def _work(generator: Generator, client: Client, end: Event, start: float) -> None:
    while not end.wait(generator.random.uniform(*PAUSE_SECONDS)):
        completed = client.invoke(generator.next())
        generator.history.append(replace(completed, at=time.monotonic() - start))
        if completed.completion is Completion.NO_CONNECTION:
            end.wait(NO_CONNECTION_PAUSE_SECONDS)
