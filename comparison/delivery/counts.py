"""Counts what became of the comments on one post."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

PENDING = "pending"


class Counts(NamedTuple):
    """Numbers of comments. ``lost``: moderation never handled it. ``lost_back``: moderation
    decided, and the writer never handled the decision. ``twice`` and ``twice_back``: the same event
    took effect more than once in moderation, and in the writer; ``doubled``: in one of them or
    both. ``known``: to the service that is added later."""

    saved: int
    decided: int
    pending: int
    lost: int
    lost_back: int
    twice: int
    twice_back: int
    doubled: int
    known: int


def count_comments(
    statuses: Mapping[str, str], decided: Counter[str], applied: Counter[str], known: int
) -> Counts:
    """``statuses`` of the comments in the writer's database, by id. How often moderation
    ``decided`` on each comment, and how often the writer ``applied`` the decision."""
    pending = [id for id, status in statuses.items() if status == PENDING]
    return Counts(
        saved=len(statuses),
        decided=len(statuses) - len(pending),
        pending=len(pending),
        lost=sum(not decided[id] for id in statuses),
        lost_back=sum(decided[id] > 0 for id in pending),
        twice=sum(decided[id] > 1 for id in statuses),
        twice_back=sum(applied[id] > 1 for id in statuses),
        doubled=sum(decided[id] > 1 or applied[id] > 1 for id in statuses),
        known=known,
    )
