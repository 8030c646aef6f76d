"""What has happened in a blog: the same events for the same seed."""

import random
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from eventstore.contracts import (
    CommentCreated,
    CommentModerated,
    CommentUpdated,
    Contract,
    PostCreated,
)

SEED = 20_260_101
COMMENTS_OF_A_POST = 10
BEFORE_ITS_DECISION = 8  # other events between a comment and what moderation says of it
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_TEXT = """
the a of in it on that was for with as his they at be this from have or by one had not but what all
were when we there can an your which their said if do will each about how up out them then she many
some so these would other into has more her two like him see time could garden river window letter
morning winter table paper music harbour bridge lantern
"""
WORDS = _TEXT.split()


def text(random_: random.Random, words: int) -> str:
    return " ".join(random_.choices(WORDS, k=words))


def uuid(random_: random.Random) -> UUID:
    return UUID(int=random_.getrandbits(128), version=4)


def history(events: int) -> Iterator[Contract]:
    """So many events: posts with about ten comments each, on the newest hundred of them; every
    comment is created, decided upon a little later, and then updated to its status. One in
    twenty is rejected."""
    random_ = random.Random(SEED)
    posts: deque[UUID] = deque(maxlen=100)
    follows: deque[Contract] = deque()
    for number in range(events):
        now = BEGINNING + timedelta(seconds=number)
        if len(follows) > BEFORE_ITS_DECISION:
            yield follows.popleft()
        elif not posts or random_.random() < 1 / (COMMENTS_OF_A_POST + 1):
            posts.append(uuid(random_))
            title, body = text(random_, 6), text(random_, 80)
            yield PostCreated(post_id=posts[-1], title=title, body=body, created_at=now)
        else:
            created = comment(random_, random_.choice(posts), now)
            follows.extend(decided(created, "rejected" if random_.random() < 0.05 else "approved"))
            yield created


def comment(random_: random.Random, post_id: UUID, now: datetime) -> CommentCreated:
    return CommentCreated(
        comment_id=uuid(random_),
        post_id=post_id,
        author=random_.choice(WORDS).title(),
        content=text(random_, 20),
        status="pending",
        created_at=now,
    )


def decided(created: CommentCreated, status: str) -> tuple[CommentModerated, CommentUpdated]:
    about = {"comment_id": created.comment_id, "post_id": created.post_id}
    moderated = CommentModerated(**about, status=status, reason="", decided_by="filter")
    updated = CommentUpdated(
        **about,
        author=created.author,
        content=created.content,
        status=status,
        created_at=created.created_at,
    )
    return moderated, updated
