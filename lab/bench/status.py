"""From a comment to its final status: how long after the answer to its POST the query API shows
that it is approved."""

import random
import time
from collections.abc import Iterator

from lab.bench.figures import Figure
from lab.bench.goals import final_status
from lab.bench.history import SEED
from lab.bench.load import Client
from lab.bench.options import Options
from lab.bench.stack import Stack

AREA = "From the answer to a comment's POST to its final status in the query API"
COMMENTS = 100
OF_ONE_POST = 5
LOOK_EVERY = 0.003  # seconds: a look costs the app some milliseconds of work
PATIENCE = 30.0


def status(stack: Stack, options: Options) -> Iterator[Figure]:
    """One comment after the other, each when the one before is done."""
    random_ = random.Random(SEED)
    comments = options.some(COMMENTS)
    took = []
    with Client(stack.port) as client:
        posts = [_post(client) for _ in range(-(-comments // OF_ONE_POST))]
        settle(stack.port)
        for number in range(comments):
            took.append(_comment(client, posts[number // OF_ONE_POST]) * 1_000)
            time.sleep(random_.uniform(0.02, 0.12))  # out of step with whoever polls
    goal = final_status(stack.broker, stack.database)
    yield Figure(AREA, "one comment at a time", stack.name, "ms", took, goal)


def settle(port: int) -> None:
    """Until all that was sent before is handled."""
    with Client(port) as client:
        _comment(client, _post(client))


def _post(client: Client) -> str:
    made = client.post("/api/posts/", {"title": "A post", "body": "What there is to comment on."})
    return str(made["id"])


def _comment(client: Client, post: str) -> float:
    """Send a comment; returns the seconds from the answer to its approval."""
    made = client.post(f"/api/posts/{post}/comments/", {"author": "Ann", "content": "Well said."})
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        shown = client.find(f"/api/query/posts/{post}/") or {"comments": []}
        if _status(shown["comments"], made["id"]) == "approved":
            return time.perf_counter() - began
        time.sleep(LOOK_EVERY)
    raise RuntimeError(f"a comment was not approved within {PATIENCE:.0f} seconds")


def _status(comments: list[dict[str, str]], comment: str) -> str | None:
    return next((each["status"] for each in comments if each["id"] == comment), None)
