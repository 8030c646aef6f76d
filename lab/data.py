"""Generated data, the same for the same seed: blogs, and histories of events."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from msgspec.structs import asdict

from eventstore import contracts
from eventstore.contracts import CommentCreated, Contract, PostCreated

Item = TypeVar("Item")
CHUNK = 1_000  # rows that are written at once
MAX_COMMENTS = 10  # of one post: as many as the query API shows with each post of a list
FIRST_POST = datetime(2023, 1, 1, tzinfo=UTC)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # of a history
SEED = 20_260_101
COMMENTS_OF_A_POST = 10
EVENTS_BEFORE_DECISION = 8  # other events between a comment and its moderation
STATUSES = {"approved": 80, "pending": 10, "rejected": 10}  # weights
_BLOG = """
river harbour lantern orchard copper meadow thunder velvet ember willow saffron marble signal winter
canyon hollow drift anchor maple quartz naïve café straße größe 東京 🍊
"""
_HISTORY = """
the a of in it on that was for with as his they at be this from have or by one had not but what
all were when we there can an your which their said if do will each about how up out them then
she many some so these would other into has more her two like him see time could garden river
window letter morning winter table paper music harbour bridge lantern
"""
WORDS, COMMON_WORDS = _BLOG.split(), _HISTORY.split()


@dataclass(frozen=True)
class CommentData:
    id: UUID
    author: str
    content: str
    status: str
    created_at: datetime


@dataclass(frozen=True)
class PostData:
    """A post with its comments in order of time."""

    id: UUID
    title: str
    slug: str
    body: str
    author: str
    created_at: datetime
    comments: tuple[CommentData, ...]


def blog(posts: int, seed: int) -> list[PostData]:
    """That many posts, oldest first, each with 0 to 10 comments of all statuses."""
    random = Random(seed)  # noqa: S311 - data, no secrets
    return [_post(random, number) for number in range(posts)]


def history(events: int, seed: int = SEED) -> Iterator[Contract]:
    """That many events of a blog: posts with about ten comments each, on the newest hundred posts;
    every comment is created, moderated a little later, and then updated to its status. One in
    twenty is rejected."""
    random = Random(seed)  # noqa: S311 - data, no secrets
    posts: deque[UUID] = deque(maxlen=100)
    follows: deque[Contract] = deque()
    for number in range(events):
        now = BEGINNING + timedelta(seconds=number)
        if len(follows) > EVENTS_BEFORE_DECISION:
            yield follows.popleft()
        elif not posts or random.random() < 1 / (COMMENTS_OF_A_POST + 1):
            created = post_created(random, now)
            posts.append(created.post_id)
            yield created
        else:
            comment = comment_created(random, random.choice(posts), now)
            status = "rejected" if random.random() < 0.05 else "approved"
            about: dict[str, Any] = {"comment_id": comment.comment_id, "post_id": comment.post_id}
            follows += (
                contracts.CommentModerated(**about, status=status, reason="", decided_by="filter"),
                contracts.CommentUpdated(**{**asdict(comment), "status": status}),
            )
            yield comment


def even_blog(posts: int) -> Iterator[Contract]:
    """That many posts with ten approved comments each, a minute apart: first all posts are created,
    then their comments, each event followed by what it comes to."""
    random = Random(SEED)  # noqa: S311 - data, no secrets
    created = [
        post_created(random, BEGINNING + timedelta(minutes=number)) for number in range(posts)
    ]
    yield from created
    for post in created:
        for number in range(COMMENTS_OF_A_POST):
            now = post.created_at + timedelta(seconds=number + 1)
            comment = comment_created(random, post.post_id, now)
            yield comment
            yield contracts.CommentUpdated(**{**asdict(comment), "status": "approved"})


def post_created(random: Random, now: datetime) -> PostCreated:
    return PostCreated(
        post_id=uuid(random), title=text(random, 6), body=text(random, 80), created_at=now
    )


def comment_created(random: Random, post_id: UUID, now: datetime) -> CommentCreated:
    return CommentCreated(
        comment_id=uuid(random),
        post_id=post_id,
        author=random.choice(COMMON_WORDS).title(),
        content=text(random, 20),
        status="pending",
        created_at=now,
    )


def text(random: Random, words: int) -> str:
    return " ".join(random.choices(COMMON_WORDS, k=words))


def uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _post(random: Random, number: int) -> PostData:
    # No two posts have the same time, so newest first is one order and not several.
    time = FIRST_POST + timedelta(minutes=number, microseconds=random.randrange(60_000_000))
    return PostData(
        id=uuid(random),
        title=_sentence(random, 3, 9),
        slug=f"post-{number}",
        body=_sentence(random, 40, 120),
        author=random.choice(("", "Ann", "Ben", "Chloé")),
        created_at=time,
        comments=tuple(
            CommentData(
                id=uuid(random),
                author=random.choice(("Anonymous", "Dora", "Émile", "Frank")),
                content=_sentence(random, 4, 40),
                status=random.choices(list(STATUSES), list(STATUSES.values()))[0],
                created_at=time + timedelta(minutes=minute + 1),
            )
            for minute in range(random.randint(0, MAX_COMMENTS))
        ),
    )


def _sentence(random: Random, fewest: int, most: int) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(fewest, most))).capitalize()


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """All items in order, in lists of at most ``size``."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
