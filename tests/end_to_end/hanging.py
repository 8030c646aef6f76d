"""What is sent while a database hangs, and what has to be true afterwards."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic

import httpx

from lab.servers import postgresql
from tests.end_to_end.stacks import ADMIN, Stack
from tests.running import SECONDS

LIMIT_SECONDS = 20.0  # for a response
WAY = ("CommentCreated", "CommentModerated", "CommentUpdated")

Timed = tuple[httpx.Response, float]


def commented_post(stack: Stack) -> str:
    post = stack.write_post()
    assert stack.comment(post, "Before").status_code == 201
    stack.until(lambda: approved(stack, post) == {"Before"})
    return post


def at_once(stack: Stack, post: str, times: int) -> list[Timed]:
    """The page, a post, a list for a program and a comment, so many of each, at the same time."""
    asks = (
        lambda: stack.run.get("/"),
        lambda: stack.run.get(f"/api/posts/{post}/"),
        lambda: stack.run.get("/api/query/posts/", Authorization=f"Token {'0' * 40}"),
        lambda: stack.comment(post, "Meanwhile"),
    )
    with ThreadPoolExecutor(len(asks) * times) as pool:
        sent: list[Future[Timed]] = [pool.submit(timed, ask) for ask in asks for _ in range(times)]
        return [each.result() for each in sent]


def timed(ask: Callable[[], httpx.Response]) -> Timed:
    start = monotonic()
    response = ask()
    return response, monotonic() - start


@contextmanager
def locked(url: str, alias: str, table: str) -> Iterator[None]:
    """Nobody else can write to this table; ``url`` is a DATABASE_URL."""
    server, _, name = url.format(alias=alias).rpartition("/")
    with postgresql(server, name) as connection, connection.transaction():
        connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


def approved(stack: Stack, post: str) -> set[str]:
    return {content for content, status in stack.statuses(post).items() if status == "approved"}


def assert_heals(stack: Stack, post: str) -> None:
    """What was refused with 503 is not there twice, and what is written now follows."""

    def is_saved() -> bool:
        return stack.comment(post, "After").status_code == 201

    stack.until(is_saved)
    stack.until(lambda: {"Before", "After"} <= approved(stack, post))
    assert_published_once(stack, post, comments=len(stack.statuses(post)))


def assert_published_once(stack: Stack, post: str, comments: int) -> None:
    log = f"http://127.0.0.1:{stack.run.port}/api/events/"
    stack.until(lambda: httpx.get(log, auth=ADMIN, timeout=SECONDS).status_code == 200)
    stack.until(lambda: len(stack.events(post)) >= 1 + comments * len(WAY))
    published = Counter(event["type"] for event in stack.events(post))
    assert published == Counter(PostCreated=1, **dict.fromkeys(WAY, comments))
    by_id = Counter(event["id"] for event in stack.events(post))
    assert set(by_id.values()) == {1}


def assert_saved_while_the_store_is_locked(stack: Stack, url: str, post: str) -> None:
    """By way of ``url``. The comment follows in time, once."""
    with locked(url, "eventstore", "eventstore_head"):
        comment, seconds = timed(lambda: stack.comment(post, "Saved"))
        assert comment.status_code == 201
        assert seconds < LIMIT_SECONDS
    stack.until(lambda: approved(stack, post) == {"Before", "Saved"})
    assert_published_once(stack, post, comments=2)
