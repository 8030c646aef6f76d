"""The clients: each sends one operation after the other over HTTP, and records how it completed.

No connection is used twice and no request is repeated, so that an operation is sent once, whatever
happens to it.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event

from lab.chaos.history import CREATIONS, DELETIONS, Completion, F, History, Operation
from lab.http import NoResponse, NotConnected, request

TIMEOUT_SECONDS = 60  # longer than any lock is waited for
PAUSE_SECONDS = (0.1, 0.6)  # between a response and the next request
NO_CONNECTION_PAUSE_SECONDS = 0.3  # in addition
COMPLETIONS = {
    2: Completion.SUCCESS,
    3: Completion.REFUSED,
    4: Completion.REFUSED,
    5: Completion.SERVER_ERROR,
}
"""By the first digit of the response's status."""

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
    """``addresses``: of each service. ``headers``: of every request, such as those of a login.
    It does each thing as often as its weight demands."""

    addresses: Mapping[str, str]
    name: str = ""
    seed: int = 0
    headers: Mapping[str, str] | None = None
    weights: Mapping[F, float] = field(default_factory=VISITOR.copy)

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
        completion = COMPLETIONS[response.status // 100]
        created = response.is_success and operation.f in CREATIONS and response.body
        id_ = response.data["id"] if created else ""
        return replace(operation, completion=completion, id=id_, code=response.status)

    def operations(self, source: random.Random, history: History) -> Iterator[Operation]:
        """Without end. The same seed and the same history give the same operations."""
        numbers = count(1)
        while True:
            posts, comments = map(history.targets, CREATIONS)
            [f] = source.choices(list(self.weights), list(self.weights.values()))
            if not posts:
                f = F.CREATE_POST
            elif f in CHANGES_OF_COMMENTS and not comments:
                f = F.CREATE_COMMENT
            target, status, content = "", "", "A body." if f is F.CREATE_POST else ""
            if f is not F.CREATE_POST:
                target = source.choice(comments if f in CHANGES_OF_COMMENTS else posts)
            if f is F.CREATE_COMMENT:
                status = "rejected" if source.random() < REJECTED_SHARE else "approved"
                content = source.choice(CONTENTS[status])
            elif f is F.MODERATE:
                status = source.choice(("approved", "rejected"))
            value = target if f in DELETIONS else f"{self.name} {next(numbers)}"
            yield Operation(self.name, f, value, target=target, status=status, content=content)


@contextmanager
def working(clients: Sequence[Client], history: History) -> Iterator[None]:
    """As long as the context lasts, each client sends one operation after the other. All have
    completed at its end, and are in the history. Raises what a client raised."""
    end, start = Event(), time.monotonic()

    def work(client: Client) -> None:
        source = random.Random(client.seed)
        operations = client.operations(source, history)
        while not end.wait(source.uniform(*PAUSE_SECONDS)):
            completed = client.invoke(next(operations))
            history.append(replace(completed, at=time.monotonic() - start))
            if completed.completion is Completion.NO_CONNECTION:
                end.wait(NO_CONNECTION_PAUSE_SECONDS)

    with ThreadPoolExecutor(len(clients)) as pool:
        threads = [pool.submit(work, client) for client in clients]
        try:
            yield
        finally:
            end.set()
    for thread in threads:
        thread.result()
