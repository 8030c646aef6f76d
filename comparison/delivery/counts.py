"""What became of the comments on one post, counted."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

PENDING = "pending"


class Counts(NamedTuple):
    """All are numbers of comments. ``lost``: moderation has never heard of it. ``lost_back``:
    it was decided there, and the writer has never heard of that. ``twice`` and ``twice_back``:
    the same event took effect more than once there, and here; ``doubled``: there, here or both.
    ``known``: to the newcomer."""

    saved: int
    decided: int
    pending: int
    lost: int
    lost_back: int
    twice: int
    twice_back: int
    doubled: int
    known: int


class Counted(NamedTuple):
    """Of one way: events that are on their way still, anywhere, and what became of the comments on
    each post."""

    waiting: int
    posts: Mapping[str, Counts]


def count(
    statuses: Mapping[str, str], judged: Counter[str], heard: Counter[str], known: int
) -> Counts:
    """``statuses`` of the comments in the writer's database, by id. ``judged`` and ``heard``: how
    often moderation handled each comment, and the writer its decision."""
    pending = [id for id, status in statuses.items() if status == PENDING]
    return Counts(
        saved=len(statuses),
        decided=len(statuses) - len(pending),
        pending=len(pending),
        lost=sum(not judged[id] for id in statuses),
        lost_back=sum(judged[id] > 0 for id in pending),
        twice=sum(judged[id] > 1 for id in statuses),
        twice_back=sum(heard[id] > 1 for id in statuses),
        doubled=sum(judged[id] > 1 or heard[id] > 1 for id in statuses),
        known=known,
    )
