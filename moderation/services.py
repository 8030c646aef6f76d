"""What can be done with reviews. Rules or people decide, and each decision is published."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from eventstore.contracts import CommentCreated, CommentModerated
from moderation.models import Outbox, Review, Rule, Status
from moderation.rules import Action, judge

ALIAS = "moderation"
FILTER = "filter"


class ReviewNotFound(LookupError):
    """Moderation has no such comment."""


def review_comment(comment: CommentCreated, decided: CommentModerated | None = None) -> Review:
    """Take a new comment into the queue and judge it. One that came with a decision (an import's)
    is not judged: its decision is published. Nor is one that moderation has ``decided`` already,
    before its database was lost: that decision stands, and is not published again."""
    with transaction.atomic(using=ALIAS):
        names = ("post_id", "author", "content", "created_at")
        own = {name: getattr(comment, name) for name in names}
        review, is_new = Review.objects.get_or_create(comment_id=comment.comment_id, defaults=own)
        if is_new and decided:
            _note(review, Status(decided.status), decided.reason, decided.decided_by)
        elif is_new:
            _judge(review)
        elif review.status != Status.PENDING:
            _publish(review)
    return review


def decide(comment_id: UUID, status: str, *, decided_by: str, reason: str = "") -> Review:
    """A person's decision, the first or a later one. Raises ReviewNotFound; ValueError for a
    status other than approved or rejected."""
    if status not in (Status.APPROVED, Status.REJECTED):
        raise ValueError(f"{status!r} is not a decision")
    with transaction.atomic(using=ALIAS):
        review = Review.objects.select_for_update().filter(comment_id=comment_id).first()
        if review is None:
            raise ReviewNotFound(comment_id)
        _decide(review, Status(status), reason, decided_by)
    return review


def record_import(
    comment_id: UUID, post_id: UUID, author: str, content: str, created_at: datetime, status: str
) -> Review:
    """The status of an imported comment. To be recorded *before* the comment is created, so that
    no rule judges it first; it is published when the comment's event arrives. A pending one is
    held for a person."""
    decided = status != Status.PENDING
    review, _ = Review.objects.get_or_create(
        comment_id=comment_id,
        defaults={
            "post_id": post_id,
            "author": author,
            "content": content,
            "created_at": created_at,
            "status": Status(status),
            "reason": "as imported" if decided else "waiting when it was imported",
            "decided_by": "import",
            "decided_at": timezone.now() if decided else None,
        },
    )
    return review


def refresh(comment_id: UUID, author: str, content: str) -> None:
    """The comment was edited: show moderators the new text. The decision stays."""
    Review.objects.filter(comment_id=comment_id).update(author=author, content=content)


def forget(comment_id: UUID) -> None:
    """The comment is gone."""
    Review.objects.filter(comment_id=comment_id).delete()


def _judge(review: Review) -> None:
    verdict = judge(review.content, Rule.objects.filter(enabled=True))
    if verdict:
        review.matched_term = verdict.term
    if verdict and verdict.action == Action.REJECT:
        _decide(review, Status.REJECTED, f"the rule “{verdict.term}”", FILTER)
    elif verdict:
        review.reason = f"held by the rule “{verdict.term}”"
        review.save()
    elif settings.MODERATION_DEFAULT == "approve":
        _decide(review, Status.APPROVED, "no rule matched", FILTER)


def _decide(review: Review, status: Status, reason: str, decided_by: str) -> None:
    _note(review, status, reason, decided_by)
    _publish(review)


def _note(review: Review, status: Status, reason: str, decided_by: str) -> None:
    review.status, review.reason, review.decided_by = status, reason, decided_by
    review.decided_at = timezone.now()
    review.save()


def _publish(review: Review) -> None:
    Outbox.publish(
        CommentModerated(
            comment_id=review.comment_id,
            post_id=review.post_id,
            status=str(review.status),
            reason=review.reason,
            decided_by=review.decided_by,
        )
    )
