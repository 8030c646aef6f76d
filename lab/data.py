"""Random blogs, the same ones for the same seed: what every way of building the page reads."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

MOST_COMMENTS = 10
"""Of one post: as many as the query API shows with each post of a list."""

FIRST_POST = datetime(2023, 1, 1, tzinfo=UTC)
STATUSES = {"approved": 80, "pending": 10, "rejected": 10}  # weights
# fmt: off
WORDS = (
    "river", "harbour", "lantern", "orchard", "copper", "meadow", "thunder", "velvet", "ember",
    "willow", "saffron", "marble", "signal", "winter", "canyon", "hollow", "drift", "anchor",
    "maple", "quartz", "naïve", "café", "straße", "größe", "東京", "🍊",
)
# fmt: on


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
    body: str
    author: str
    created_at: datetime
    comments: tuple[CommentData, ...]


def blog(posts: int, seed: int) -> list[PostData]:
    """So many posts, oldest first, each with 0 to 10 comments of all statuses."""
    random = Random(seed)  # noqa: S311 - data, no secrets
    return [_post(random, number) for number in range(posts)]


def _post(random: Random, number: int) -> PostData:
    # No two posts have the same time, so newest first is one order and not several.
    time = FIRST_POST + timedelta(minutes=number, microseconds=random.randrange(60_000_000))
    return PostData(
        id=_id(random),
        title=_text(random, 3, 9),
        body=_text(random, 40, 120),
        author=random.choice(("", "Ann", "Ben", "Chloé")),
        created_at=time,
        comments=tuple(
            _comment(random, time + timedelta(minutes=minute + 1))
            for minute in range(random.randint(0, MOST_COMMENTS))
        ),
    )


def _comment(random: Random, time: datetime) -> CommentData:
    return CommentData(
        id=_id(random),
        author=random.choice(("Anonymous", "Dora", "Émile", "Frank")),
        content=_text(random, 4, 40),
        status=random.choices(list(STATUSES), list(STATUSES.values()))[0],
        created_at=time,
    )


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _text(random: Random, fewest: int, most: int) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(fewest, most))).capitalize()
