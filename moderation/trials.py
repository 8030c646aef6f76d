"""What rules would do, before they do it: to a text that a moderator types, and to the comments of
the past."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.template.defaultfilters import pluralize
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from moderation.models import NO_PERSONS, QUEUE_ORDER, Review, Rule, Status
from moderation.rules import Action, Kind, digest, matching
from moderation.signals import HAS_APPROVED, marks, seen_by_rules
from web.pagination import beyond

TRIAL_SECONDS = 2.0
TRIAL_ROWS = 500  # in one query
MAX_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules make of one text. ``rules`` are those that match, the deciding one first."""

    rules: Sequence[Rule]
    outcome: str
    content: SafeString
    author: SafeString
    address: SafeString


def try_text(content: str, author: str) -> Trial:
    """Judge a text as if it came now. Nothing is kept."""
    review = Review(content=content, author=author)
    texts, facts = seen_by_rules(review)
    found = list(matching(texts, Rule.objects.in_force(), facts))
    found.sort(key=lambda rule: rule.action != Action.REJECT)
    return Trial(found, _outcome(found), *marks(review, found))


def _outcome(found: Sequence[Rule]) -> str:
    if found and found[0].action == Action.REJECT:
        return f"Rejected, by the rule “{found[0].label}”."
    if found:
        return f"Held for a person, by the rule “{found[0].label}”."
    if settings.MODERATION_CHECK_URL:
        return "Pending, until the external check decides: no rule matches."
    if settings.MODERATION_DEFAULT == "approve":
        return "Approved: no rule matches."
    return "Held for a person: no rule matches."


@dataclass
class History:
    """What a rule matches among the newest comments, by their status now."""

    seen: int = 0
    is_all: bool = False
    since: datetime | None = None
    """When the oldest of those seen was written."""
    by_status: Counter[str] = field(default_factory=Counter)
    approved_by_person: int = 0
    examples: list[Review] = field(default_factory=list)
    """The newest, first of all those that a person approved."""

    @property
    def matched(self) -> int:
        return sum(self.by_status.values())

    @property
    def details(self) -> str:
        """As in "4 approved by a person, 33 rejected already"."""
        approved_by_rules = self.by_status[Status.APPROVED] - self.approved_by_person
        counts = {
            "approved by a person": self.approved_by_person,
            "approved by the filter or an import": approved_by_rules,
            "pending": self.by_status[Status.PENDING],
            "rejected already": self.by_status[Status.REJECTED],
        }
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)

    def summary(self, rule: Rule) -> str:
        """As in "Would have rejected 37 of the newest 12,400 comments, back to 3 May 2025"."""
        done = "rejected" if rule.action == Action.REJECT else "held"
        of = " of this author" if rule.kind == Kind.AUTHOR else ""
        seen = f"{self.seen:,} comment{pluralize(self.seen)}{of}"
        if not self.seen:
            return f"There are no comments{of} to try it on."
        if self.is_all:
            return f"Would have {done} {self.matched:,} of all {seen}."
        since = date_format(localtime(self.since), "j M Y")
        return f"Would have {done} {self.matched:,} of the newest {seen}, back to {since}."


def dry_run(rule: Rule, seconds: float = TRIAL_SECONDS) -> History:
    """What a rule, saved or not, would have done to past comments, the newest first, as far as it
    comes in this time. It is tried alone, without the other rules."""
    until = time.monotonic() + seconds
    history, others = History(), list[Review]()
    for rows in _newest(rule):
        for review in rows:
            texts, facts = seen_by_rules(review)
            history.seen += 1
            if not any(matching(texts, [rule], facts)):
                continue
            history.by_status[review.status] += 1
            by_person = review.status == Status.APPROVED and review.decided_by not in NO_PERSONS
            history.approved_by_person += by_person
            (history.examples if by_person else others).append(review)
            del history.examples[MAX_EXAMPLES:], others[MAX_EXAMPLES:]
        history.since = rows[-1].created_at
        if time.monotonic() > until:
            break
    else:
        history.is_all = True
    history.examples = (history.examples + others)[:MAX_EXAMPLES]
    return history


def _newest(rule: Rule) -> Iterator[list[Review]]:
    """All reviews that the rule may match, a query each ``TRIAL_ROWS``."""
    reviews: QuerySet[Review] = Review.objects.order_by("-created_at", "-comment_id")
    if rule.kind == Kind.AUTHOR:
        reviews = reviews.filter(author_digest=digest(rule.term))
    if rule.kind == Kind.FIRST:
        reviews = reviews.annotate(known=HAS_APPROVED)
    rows = list(reviews[:TRIAL_ROWS])
    while rows:
        yield rows
        last = (rows[-1].created_at, rows[-1].comment_id)
        rows = list(beyond(reviews, QUEUE_ORDER, last, is_later=False)[:TRIAL_ROWS])
