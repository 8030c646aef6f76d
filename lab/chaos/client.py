"""The clients: each sends one operation after the other over HTTP, as its generator decides, and
records how it completed.

No connection is used twice and no request is repeated, so that an operation is sent once, whatever
happens to it.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from threading import Event

from lab.chaos.history import CREATIONS, DELETIONS, Completion, F, History, Operation
from lab.http import NoResponse, NotConnected, request

TIMEOUT_SECONDS = 60  # longer than any lock is waited for
PAUSE_SECONDS = (0.1, 0.6)  # between a response and the next request
NO_CONNECTION_PAUSE_SECONDS = 0.3  # in addition
REDIRECT, SERVER_ERROR = 300, 500

REQUESTS: dict[F, tuple[str, str, str, dict[str, str]]] = {
    F.CREATE_POST: ("POST", "posts", "posts/", {"title": "value", "body": "content"}),
    F.EDIT_POST: ("PATCH", "posts", "posts/{target}/", {"title": "value"}),
    F.DELETE_POST: ("DELETE", "posts", "posts/{target}/", {}),
    F.CREATE_COMMENT: (
        *("POST", "comments", "posts/{target}/comments/"),
        {"author": "value", "content": "content"},
    ),
    F.DELETE_COMMENT: ("DELETE", "comments", "comments/{target}/", {}),
    F.MODERATE: ("POST", "moderation", "moderation/reviews/{target}/{verb}/", {"reason": "value"}),
}
"""Method, service, path, and the JSON: which field of the operation each member has."""
VERBS = {"approved": "approve", "rejected": "reject"}

CONTENTS = {
    "rejected": ("I like oranges", "Orange, of all colours", "An ORANGE a day"),
    "approved": ("I like storanges", "Blue, of all colours", "An apple a day"),
}
"""By the status that results from it."""
REJECTED_SHARE = 1 / 3
CHANGES_OF_COMMENTS = (F.MODERATE, F.DELETE_COMMENT)

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


@dataclass(frozen=True)
class Client:
    """``addresses``: of each service. ``headers``: of every request, such as those of a login."""

    addresses: Mapping[str, str]
    headers: Mapping[str, str] | None = None

    def invoke(self, operation: Operation) -> Operation:
        """The operation, completed."""
        method, service, path, fields = REQUESTS[operation.f]
        path = path.format(target=operation.target, verb=VERBS.get(operation.status))
        url = f"{self.addresses[service]}/api/{path}"
        data = {name: getattr(operation, field) for name, field in fields.items()}
        try:
            response = request(method, url, data, headers=self.headers, timeout=TIMEOUT_SECONDS)
        except NotConnected:
            return replace(operation, completion=Completion.NO_CONNECTION)
        except NoResponse:
            return replace(operation, completion=Completion.NO_RESPONSE)
        completion = _completion(response.status)
        created = completion is Completion.SUCCESS and operation.f in CREATIONS
        id_ = response.data["id"] if created and response.body else ""
        return replace(operation, completion=completion, id=id_, code=response.status)


class Generator:
    """The operations of one client, which does each thing as often as its weight demands. The same
    seed and the same history give the same operations."""

    def __init__(
        self, process: str, seed: int, history: History, weights: Mapping[F, float] = VISITOR
    ) -> None:
        self.history, self.random = history, random.Random(seed)
        self._process, self._weights, self._numbers = process, weights, count(1)

    def next(self) -> Operation:
        posts, comments = map(self.history.targets, (F.CREATE_POST, F.CREATE_COMMENT))
        [f] = self.random.choices(list(self._weights), list(self._weights.values()))
        if f is F.CREATE_POST or not posts:
            return self._operation(F.CREATE_POST, content="A body.")
        if f in CHANGES_OF_COMMENTS and not comments:
            f = F.CREATE_COMMENT
        target = self.random.choice(comments if f in CHANGES_OF_COMMENTS else posts)
        status = content = ""
        if f is F.CREATE_COMMENT:
            status = "rejected" if self.random.random() < REJECTED_SHARE else "approved"
            content = self.random.choice(CONTENTS[status])
        elif f is F.MODERATE:
            status = self.random.choice(("approved", "rejected"))
        return self._operation(f, target, status, content)

    def _operation(self, f: F, target: str = "", status: str = "", content: str = "") -> Operation:
        value = target if f in DELETIONS else f"{self._process} {next(self._numbers)}"
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


def _completion(status: int) -> Completion:
    if status >= SERVER_ERROR:
        return Completion.SERVER_ERROR
    return Completion.REFUSED if status >= REDIRECT else Completion.SUCCESS
