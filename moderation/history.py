"""The decisions on comments, one row each: added with the decision, undone, counted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from eventstore.contracts import CommentModerated
from moderation.models import (
    AWAITING_CHECK,
    BY_PERSONS,
    BY_RULES,
    FILTER,
    NO_PERSONS,
    Decision,
    Review,
    Status,
)

BEFORE = ("status", "reason", "decided_by", "decided_at")
MAX_MEASURED = 10_000  # decisions whose times are read for a median
MAX_COUNTED = 10_000  # decisions of rules that are counted


# --- Added


def state_of(review: Review) -> dict[str, Any]:
    """What a decision replaces of a review, as JSON can have it."""
    state = {name: getattr(review, name) for name in BEFORE}
    return {**state, "status": str(review.status), "decided_at": review.decision}


def decision_on(
    review: Review, before: dict[str, Any] | None = None, batch: UUID | None = None
) -> Decision:
    """The row, not saved, of the decision that the review has now, and had not ``before``."""
    by_person = review.decided_by not in NO_PERSONS
    at = review.decided_at or timezone.now()
    is_first = by_person and before and before["status"] == Status.PENDING
    return Decision(
        comment_id=review.comment_id,
        revision=review.revision,
        status=str(review.status),
        reason=review.reason,
        decided_by=review.decided_by,
        decided_at=at,
        by_person=by_person,
        seconds=(at - review.waiting_since).total_seconds() if is_first else None,
        batch=batch,
        before=before if by_person else None,
    )


def recorded(event: CommentModerated, at: datetime) -> Decision:
    """The row, not saved, of a decision that the log has from this time. It cannot be undone."""
    return Decision(
        comment_id=event.comment_id,
        revision=event.revision,
        status=event.status,
        reason=event.reason,
        decided_by=event.decided_by,
        decided_at=at,
        by_person=event.decided_by not in NO_PERSONS,
    )


# --- Undone


def put_back(review: Review, decision: Decision) -> None:
    """Make the review what it was before; it is not saved."""
    before: Any = decision.before
    for name in BEFORE:
        setattr(review, name, before[name])
    review.status = Status(before["status"])
    if review.reason == AWAITING_CHECK:  # a person has seen it meanwhile
        review.reason = ""
    review.decided_at = parse_datetime(before["decided_at"]) if before["decided_at"] else None


def is_reopened(review: Review) -> bool:
    """Whether it is pending because its last decision was undone."""
    last = Decision.objects.filter(comment_id=review.pk, revision=review.revision).last()
    return last is not None and last.status == review.status == Status.PENDING


def rule_of(decision: Decision) -> int | None:
    """The key of the rule that was made with it, to block an author."""
    before: Any = decision.before
    key: int | None = before.get("rule")
    return key


def undoing(review: Review, decision: Decision, by: str) -> Decision:
    """The row, not saved, of a review that was put back to before this ``decision``."""
    return Decision(
        comment_id=review.comment_id,
        revision=review.revision,
        status=str(review.status),
        reason=review.reason,
        decided_by=by,
        decided_at=timezone.now(),
        by_person=True,
        undoes=decision.pk,
    )


# --- Shown


class Entry(NamedTuple):
    decision: Decision
    is_undone: bool


def of_comment(comment_id: UUID, limit: int = 100) -> list[Entry]:
    """The newest decisions on a comment, the newest first."""
    decisions = list(Decision.objects.filter(comment_id=comment_id).order_by("-id")[:limit])
    undone = {each.undoes for each in decisions}
    return [Entry(each, each.pk in undone) for each in decisions]


# --- Counted


@dataclass
class Figures:
    """What somebody decided in a time. ``seconds``: the median until a decision on what waited."""

    name: str
    approved: int = 0
    rejected: int = 0
    undone: int = 0
    seconds: float | None = None
    waits: list[float] = field(default_factory=list, repr=False)

    @property
    def decided(self) -> int:
        return self.approved + self.rejected

    @property
    def share_approved(self) -> int:
        """In percent."""
        return round(100 * self.approved / self.decided) if self.decided else 0


def figures(days: int, now: datetime | None = None) -> tuple[Figures, list[Figures]]:
    """Of all persons together, and of each, who decided most first, in the last ``days``. Two
    statements, both along an index."""
    since = (now or timezone.now()) - timedelta(days=days)
    decisions = Decision.objects.filter(by_person__in=BY_PERSONS, decided_at__gte=since).order_by()
    groups = decisions.values("decided_by", "status").annotate(n=Count("pk"), undo=Count("undoes"))
    everybody, people = Figures("all"), dict[str, Figures]()
    for group in groups:
        name, made = group["decided_by"], group["n"] - group["undo"]
        for each in (everybody, people.setdefault(name, Figures(name))):
            each.undone += group["undo"]
            if group["status"] == Status.APPROVED:
                each.approved += made
            else:
                each.rejected += made
    waits = decisions.filter(seconds__isnull=False).order_by("-decided_at")
    seconds: Any
    for name, seconds in waits.values_list("decided_by", "seconds")[:MAX_MEASURED]:
        for each in (everybody, people.setdefault(name, Figures(name))):
            each.waits.append(seconds)
    for each in (everybody, *people.values()):
        each.seconds = median(each.waits) if each.waits else None
    return everybody, sorted(people.values(), key=lambda each: (-each.decided, each.name))


def decided_by_rules(days: int) -> int:
    """In the last ``days``; at most ``MAX_COUNTED + 1``, which stands for more."""
    since = timezone.now() - timedelta(days=days)
    decisions = Decision.objects.filter(by_person__in=BY_RULES, decided_at__gte=since).order_by()
    return decisions.filter(decided_by=FILTER)[: MAX_COUNTED + 1].count()
