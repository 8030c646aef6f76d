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

REJECTED_CONTENTS = ("I like oranges", "Orange, of all colours", "An ORANGE a day")
APPROVED_CONTENTS = ("I like storanges", "Blue, of all colours", "An apple a day")
PAUSE_SECONDS = (0.1, 0.6)  # between a response and the next request
NO_CONNECTION_PAUSE_SECONDS = 0.3  # in addition


class Generator:
    """The operations of a visitor, who posts and comments. The same seed and the same history give
    the same operations."""

    weights: Mapping[F, float] = {F.CREATE_POST: 1, F.CREATE_COMMENT: 6}

    def __init__(self, process: str, seed: int, history: History) -> None:
        self.process, self.history = process, history
        self.random = random.Random(seed)
        self._numbers = count(1)

    def next(self) -> Operation:
        posts = self.history.targets(F.CREATE_POST)
        [f] = self.random.choices(list(self.weights), list(self.weights.values()))
        if f is F.CREATE_POST or not posts:
            return self._operation(F.CREATE_POST, content="A body.")
        if f is F.CREATE_COMMENT:
            return self._comment(posts)
        return self._change(f, posts)

    def _comment(self, posts: Sequence[str]) -> Operation:
        target, rejected = self.random.choice(posts), self.random.random() < 1 / 3
        return self._operation(
            F.CREATE_COMMENT,
            target,
            content=self.random.choice(REJECTED_CONTENTS if rejected else APPROVED_CONTENTS),
            status="rejected" if rejected else "approved",
        )

    def _change(self, f: F, posts: Sequence[str]) -> Operation:
        raise NotImplementedError(f)  # a visitor may change nothing

    def _operation(self, f: F, target: str = "", content: str = "", status: str = "") -> Operation:
        value = f"{self.process} {next(self._numbers)}"
        return Operation(self.process, f, value, target=target, content=content, status=status)


class StaffGenerator(Generator):
    """The operations of the only member of the staff, who edits, moderates and deletes as well:
    there is one, so that nobody else changes the same post or comment meanwhile."""

    weights = {
        F.CREATE_POST: 1,
        F.CREATE_COMMENT: 3,
        F.EDIT_POST: 2,
        F.MODERATE: 3,
        F.DELETE_COMMENT: 1,
        F.DELETE_POST: 0.3,
    }

    def _change(self, f: F, posts: Sequence[str]) -> Operation:
        comments = self.history.targets(F.CREATE_COMMENT)
        if f is F.EDIT_POST:
            return self._operation(f, self.random.choice(posts))
        if f is F.DELETE_POST:
            return self._deletion(f, posts)
        if not comments:
            return self._comment(posts)
        if f is F.DELETE_COMMENT:
            return self._deletion(f, comments)
        target, status = self.random.choice(comments), self.random.choice(("approved", "rejected"))
        return self._operation(f, target, status=status)

    def _deletion(self, f: F, ids: Sequence[str]) -> Operation:
        target = self.random.choice(ids)
        return Operation(self.process, f, target, target=target)


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
