"""Decide on a review: by a rule's verdict or as told; note the decision, and publish it. Each of
these is a part of a transaction of its caller's."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from eventstore.contracts import CommentModerated
from moderation import history
from moderation.models import FILTER, Outbox, Review, Rule, Status
from moderation.rules import Action, Verdict, judge_all
from moderation.signals import seen_by_rules


def verdict_on(review: Review, rules: Sequence[Rule] | None = None) -> Verdict | None:
    texts, facts = seen_by_rules(review)
    return judge_all(texts, Rule.objects.in_force() if rules is None else rules, facts)


def enforce(verdict: Verdict, review: Review) -> None:
    review.matched_term = verdict.label
    if verdict.action == Action.REJECT:
        decide(review, Status.REJECTED, verdict.reason, FILTER)
    else:
        review.reason = verdict.reason
        review.save()


def decide(
    review: Review, status: Status, reason: str, decided_by: str, batch: UUID | None = None
) -> None:
    note(review, status, reason, decided_by, batch)
    publish(review)


def note(
    review: Review, status: Status, reason: str, decided_by: str, batch: UUID | None = None
) -> None:
    before = history.state_of(review)
    put(review, status, reason, decided_by)
    review.save()
    history.decision_on(review, before, batch=batch).save()


def put(review: Review, status: Status, reason: str, decided_by: str) -> None:
    review.status, review.reason, review.decided_by = status, reason, decided_by
    review.decided_at = timezone.now()


def publish(review: Review) -> None:
    Outbox.publish(event_of(review))


def event_of(review: Review, reopened_by: str = "") -> CommentModerated:
    """Its decision, or that ``reopened_by`` made it pending again."""
    pending = review.status == Status.PENDING
    return CommentModerated(
        comment_id=review.comment_id,
        post_id=review.post_id,
        status=str(review.status),
        reason="" if pending else review.reason,
        decided_by=reopened_by if pending else review.decided_by,
        revision=review.revision,
    )
