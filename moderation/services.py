"""What can be done with reviews. Rules or people decide, and each decision is published."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from eventstore.contracts import CommentCreated, CommentModerated, CommentUpdated
from eventstore.reconcile import find, restore
from moderation import deciding, history
from moderation.models import (
    AWAITING_CHECK,
    CHECK,
    FILTER,
    IMPORT,
    NO_PERSONS,
    Check,
    Decision,
    Outbox,
    Review,
    Rule,
    Status,
)
from moderation.recovery import REVIEWS
from moderation.rules import digest
from web.background import wake

ALIAS = "moderation"


class ReviewNotFound(LookupError):
    """Moderation has no such comment."""


def review_comment(comment: CommentCreated, decided: CommentModerated | None = None) -> Review:
    """Take a new comment into the queue and judge it. One that came with a decision (an import's)
    is not judged: its decision is published. Nor is one that moderation has ``decided`` already,
    before its database was lost: that decision stands, and is not published again."""
    with transaction.atomic(using=ALIAS):
        names = ("post_id", "author", "content", "created_at", "revision")
        own = {name: getattr(comment, name) for name in names}
        review, is_new = Review.objects.get_or_create(comment_id=comment.comment_id, defaults=own)
        if is_new and decided:
            _adopt(review, decided)
        elif is_new:
            _judge(review)
        elif review.status != Status.PENDING and not (decided and decided.status == review.status):
            deciding.publish(review)
    return review


def review_again(comment: CommentUpdated, decided: CommentModerated | None = None) -> None:
    """Its sender has changed the comment: judge the new text, as ``review_comment`` does. A comment
    that is gone stays so."""
    with transaction.atomic(using=ALIAS), suppress(ReviewNotFound):
        review = locked(comment.comment_id)
        for name in ("author", "content", "revision"):
            setattr(review, name, getattr(comment, name))
        if review.status != Status.PENDING:
            review.announced = 0  # it waits for a person once more
        review.status, review.decided_at = Status.PENDING, None
        review.queued_at = timezone.now()
        review.reason = review.matched_term = review.decided_by = ""
        review.save()
        if decided:
            _adopt(review, decided)
        else:
            _judge(review)


def find_review(comment_id: UUID) -> Review:
    """The review; one that this service has lost, or not made yet, is made from the log. Raises
    ReviewNotFound."""
    review: Review | None = find(REVIEWS, comment_id)
    if review is None:
        raise ReviewNotFound(comment_id)
    return review


class DecidedMeanwhile(Exception):
    """Another person has decided since the caller read the review, or its text was changed: it is
    ``review`` now."""

    def __init__(self, review: Review) -> None:
        super().__init__(review.comment_id)
        self.review = review


def decide(
    comment_id: UUID,
    status: str,
    *,
    decided_by: str,
    reason: str = "",
    seen: str | None = None,
    batch: UUID | None = None,
) -> Review:
    """A person's decision, the first or a later one. ``seen`` is the ``Review.seen`` or
    ``Review.decision`` that it replaces; None if that is not known. What has a ``batch`` can be
    undone. Raises ReviewNotFound; DecidedMeanwhile if it would replace another person's decision
    that was not seen, or is about a text that was not; ValueError for a status other than approved
    or rejected."""
    if status not in (Status.APPROVED, Status.REJECTED):
        raise ValueError(f"{status!r} is not a decision")
    with transaction.atomic(using=ALIAS):
        review = locked(comment_id)
        if _is_conflict(review, seen, decided_by):
            raise DecidedMeanwhile(review)
        deciding.decide(review, Status(status), reason, decided_by, batch=batch)
    return review


def decide_all(
    comment_ids: Collection[UUID],
    status: str,
    *,
    decided_by: str,
    seen: Mapping[str, str],
    reason: str = "",
    batch: UUID | None = None,
    rule: Rule | None = None,
) -> tuple[list[Review], list[Review]]:
    """A person's decision on several comments, on all or on none, with few statements. ``seen`` has
    what ``decide`` takes, by comment, where that is known. Returns the reviews,
    and those that stay, as another person has decided on them meanwhile. Those that are gone are in
    neither list. Undoing it turns the ``rule`` off."""
    given = {"status": Status(status), "reason": reason, "decided_by": decided_by}
    decided, conflicts = list[Review](), list[Review]()
    with transaction.atomic(using=ALIAS):
        reviews = Review.objects.select_for_update().filter(comment_id__in=comment_ids)
        for review in reviews.order_by("comment_id"):
            is_conflict = _is_conflict(review, seen.get(str(review.pk)), decided_by)
            (conflicts if is_conflict else decided).append(review)
        keys, now, made = [review.comment_id for review in decided], timezone.now(), []
        Review.objects.filter(comment_id__in=keys).update(**given, decided_at=now)
        for review in decided:
            before = history.state_of(review) | ({"rule": rule.pk} if rule else {})
            review.status, review.reason, review.decided_by = given.values()
            review.decided_at = now
            made.append(history.decision_on(review, before, batch=batch))
        Decision.objects.bulk_create(made)
        Outbox.publish_all(deciding.event_of(review) for review in decided)
    return decided, conflicts


class Undone(NamedTuple):
    """``reviews`` are as they were before; ``conflicts`` stay, as they were decided on or edited
    since; ``more`` decisions are left."""

    reviews: list[Review]
    conflicts: list[Review]
    more: bool


def undo(batch: UUID, *, by: str, limit: int) -> Undone:
    """Put back what the person ``by`` decided in this batch: at most ``limit`` decisions, all or
    none. Each is published as another decision, also one for pending. A decision that is undone
    already, or whose comment is gone, is passed over."""
    with transaction.atomic(using=ALIAS):
        own = Decision.objects.filter(batch=batch, decided_by=by).order_by("comment_id")
        undone = Decision.objects.filter(undoes=OuterRef("pk"))
        rows = list(own.filter(~Exists(undone))[: limit + 1])
        decisions = {each.comment_id: each for each in rows[:limit]}
        locked = Review.objects.select_for_update().filter(comment_id__in=decisions)
        reviews, conflicts, made = list[Review](), list[Review](), list[Decision]()
        for review in locked.order_by("comment_id"):
            decision = decisions[review.comment_id]
            if (review.decided_at, review.decided_by) != (decision.decided_at, by):
                conflicts.append(review)
                continue
            history.put_back(review, decision)
            made.append(history.undoing(review, decision, by))
            reviews.append(review)
        made_rules = (history.rule_of(decisions[review.pk]) for review in reviews)
        if keys := [key for key in made_rules if key]:
            Rule.objects.filter(pk__in=keys).update(enabled=False)
        Review.objects.bulk_update(reviews, history.BEFORE)
        Decision.objects.bulk_create(made)
        Outbox.publish_all(deciding.event_of(review, by) for review in reviews)
    return Undone(reviews, conflicts, len(rows) > limit)


def record_import(
    comment_id: UUID, post_id: UUID, author: str, content: str, created_at: datetime, status: str
) -> Review:
    """The status of an imported comment. To be recorded *before* the comment is created, so that
    no rule judges it first; it is published when the comment's event arrives. A pending one is
    held for a person."""
    decided, now = status != Status.PENDING, timezone.now()
    review, is_new = Review.objects.get_or_create(
        comment_id=comment_id,
        defaults={
            "post_id": post_id,
            "author": author,
            "content": content,
            "created_at": created_at,
            "status": Status(status),
            "reason": "as imported" if decided else "waiting when it was imported",
            "decided_by": IMPORT,
            "decided_at": now if decided else None,
            "queued_at": now,
        },
    )
    if is_new and decided:
        history.decision_on(review).save()
    return review


def is_newer(comment_id: UUID, revision: int) -> bool:
    """Whether this revision of the comment's text is newer than the one in the queue."""
    return Review.objects.filter(comment_id=comment_id, revision__lt=revision).exists()


def refresh(comment_id: UUID, author: str, content: str) -> None:
    """The comment was edited: show moderators the new text. The decision stays."""
    own = {"author": author, "content": content}
    digests = {"author_digest": digest(author), "content_digest": digest(content)}
    Review.objects.filter(comment_id=comment_id).update(**own, **digests)


def _adopt(review: Review, decided: CommentModerated) -> None:
    """Take over what was published before: a decision, or that it is pending again."""
    if decided.status != Status.PENDING:
        deciding.note(review, Status(decided.status), decided.reason, decided.decided_by)


def _is_conflict(review: Review, seen: str | None, decided_by: str) -> bool:
    revision, _, decision = str(seen or "").rpartition(";")
    if revision not in ("", str(review.revision)):
        return True
    return decision != review.decision and review.decided_by not in (*NO_PERSONS, decided_by)


def locked(comment_id: UUID) -> Review:
    """Raises ReviewNotFound."""
    review = Review.objects.select_for_update().filter(comment_id=comment_id).first()
    if review is None:
        review = restore(REVIEWS, comment_id)
    if review is None:
        raise ReviewNotFound(comment_id)
    return review


def _judge(review: Review) -> None:
    verdict = deciding.verdict_on(review)
    if verdict:
        deciding.enforce(verdict, review)
    elif settings.MODERATION_CHECK_URL:
        _await_check(review)
    elif settings.MODERATION_DEFAULT == "approve":
        deciding.decide(review, Status.APPROVED, "no rule matched", FILTER)


def _await_check(review: Review) -> None:
    review.reason = AWAITING_CHECK
    review.save()
    own = {"revision": review.revision, "due_at": timezone.now()}
    Check.objects.update_or_create(comment_id=review.comment_id, defaults=own)
    transaction.on_commit(lambda: wake("checks"), using=ALIAS, robust=True)


def still_checked(checks: Iterable[Check], reviews: Mapping[UUID, Review]) -> list[Check]:
    """Those whose comment still waits for this check: not for one of a later text, nor for a person
    alone. ``reviews`` by comment."""
    return [
        check
        for check in checks
        if (review := reviews.get(check.pk))
        and review.status == Status.PENDING
        and review.revision == check.revision
        and review.reason == AWAITING_CHECK
    ]


def decide_by_check(check: Check, status: Status, reason: str) -> bool:
    """What the external check decided, or held (pending). False where the comment does not wait for
    it any more, as a person or a rule decided meanwhile, or its sender changed it."""
    with transaction.atomic(using=ALIAS):
        # The review's lock first, as wherever a comment is judged.
        reviews = Review.objects.select_for_update().filter(pk=check.pk).in_bulk()
        same = Check.objects.select_for_update().filter(pk=check.pk, revision=check.revision)
        waits = bool(still_checked(same, reviews))
        same.delete()
        if waits and status == Status.PENDING:
            reviews[check.pk].reason = reason
            reviews[check.pk].save()
        elif waits:
            deciding.decide(reviews[check.pk], status, reason, CHECK)
    return waits
