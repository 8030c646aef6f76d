"""Rules applied to what is pending already; and blocking an author, which does that with one."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from moderation import deciding, history, services
from moderation.models import (
    AWAITING_CHECK,
    FILTER,
    NO_PERSONS,
    QUEUE_ORDER,
    Decision,
    Outbox,
    Review,
    Rule,
    Status,
)
from moderation.rules import Action, Kind, digest
from moderation.services import ALIAS
from moderation.signals import is_nameless
from web.pagination import beyond

APPLY_ROWS = 100  # in one transaction


class NamelessAuthor(ValueError):
    """A comment without a name has no author who could be blocked."""


@dataclass
class Applied:
    """What rules did to comments that were pending."""

    seen: int = 0
    rejected: list[Review] = field(default_factory=list)
    held: int = 0
    """Pending as before, but a rule matches."""
    rest_after: UUID | None = None
    """The last comment seen, if there are more."""


def apply_rules(rules: Sequence[Rule], seconds: float, after: UUID | None = None) -> Applied:
    """Judge the pending comments as if they came now, the oldest first or those after one. As far
    as it comes in this time, ``APPLY_ROWS`` in a transaction. One that no rule rejects stays
    pending, and so does one that a person has put there."""
    until, applied = time.monotonic() + seconds, Applied()
    pending = Review.objects.filter(status=Status.PENDING, decided_by__in=NO_PERSONS)
    last = Review.objects.filter(comment_id=after).first() if after else None
    while True:
        rows = pending
        if last:
            rows = beyond(pending, QUEUE_ORDER, (last.created_at, last.comment_id), is_later=True)
        keys = list(rows.order_by(*QUEUE_ORDER).values("pk")[: APPLY_ROWS + 1])
        with transaction.atomic(using=ALIAS):
            some = pending.filter(pk__in=[key["pk"] for key in keys[:APPLY_ROWS]])
            some = some.select_for_update().order_by(*QUEUE_ORDER)
            last = _apply(rules, some, applied) or last
        if len(keys) <= APPLY_ROWS:
            return applied
        if last and time.monotonic() > until:
            applied.rest_after = last.comment_id
            return applied


def _apply(rules: Sequence[Rule], reviews: Iterable[Review], applied: Applied) -> Review | None:
    """Returns the last of the reviews."""
    changed, made, review = list[Review](), list[Decision](), None
    for review in reviews:
        applied.seen += 1
        verdict = deciding.verdict_on(review, rules)
        if not verdict:
            continue
        before = history.state_of(review)
        if verdict.action == Action.REJECT:
            deciding.put(review, Status.REJECTED, verdict.reason, FILTER)
            made.append(history.decision_on(review, before))
            applied.rejected.append(review)
        else:
            applied.held += 1
            if review.reason not in ("", AWAITING_CHECK):
                continue
            review.reason = verdict.reason
        review.matched_term = verdict.label
        changed.append(review)
    Review.objects.bulk_update(changed, [*history.BEFORE, "matched_term"])
    Decision.objects.bulk_create(made)
    Outbox.publish_all(
        deciding.event_of(each) for each in changed if each.status == Status.REJECTED
    )
    return review


def block_author(name: str, by: str) -> Rule:
    """Have a rule reject all further comments of this author. Raises NamelessAuthor."""
    if is_nameless(name):
        raise NamelessAuthor
    rule = Rule(kind=Kind.AUTHOR.value, term=name)
    block = {"action": Action.REJECT.value, "enabled": True}
    rule, _ = Rule.objects.update_or_create(
        identity_digest=digest(rule.identity),
        defaults=block,
        create_defaults={**block, "kind": rule.kind, "term": name, "added_by": by},
    )
    return rule


def block(
    comment_id: UUID, *, by: str, seen: str, batch: UUID, limit: int
) -> tuple[list[Review], list[Review]]:
    """Block the author of this comment: have a rule reject what comes, and reject this comment and
    at most ``limit`` of theirs that are pending. Returns as ``decide_all``. To undo it turns the
    rule off, unless it was in force before. Raises ReviewNotFound and NamelessAuthor."""
    with transaction.atomic(using=ALIAS):
        review = services.locked(comment_id)
        identity = Rule(kind=Kind.AUTHOR.value, term=review.author).identity
        same = Rule.objects.filter(identity_digest=digest(identity))
        was_blocked = same.filter(action=Action.REJECT.value, enabled=True).exists()
        rule = block_author(review.author, by)
        pending = Review.objects.filter(
            author_digest=digest(review.author), status=Status.PENDING
        ).order_by("created_at")
        return services.decide_all(
            {comment_id, *pending.values_list("pk", flat=True)[:limit]},
            Status.REJECTED,
            decided_by=by,
            reason="author blocked",
            seen={str(comment_id): seen},
            batch=batch,
            rule=None if was_blocked else rule,
        )
