"""What the queue shows of a comment: its text, its post, and the comments before it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timesince import timesince

from moderation.models import QUEUE_ORDER, KnownPost, Reason, Review, Status
from moderation.signals import Signals, signals_of
from web.markdown import excerpt
from web.pagination import beyond

PAGE_ROWS = 25
MAX_COUNTED = 1_000  # more are "1,000+"
BEFORE_CHARS = 200
MAX_REASONS = 9  # one for each digit


class Row(NamedTuple):
    review: Review
    title: str
    """The post's; empty if it is not known."""
    page: str
    """Where readers see it."""
    before: list["Before"]
    """The approved comments before it on the same post, the oldest first."""
    signals: Signals

    @property
    def age(self) -> str:
        seconds = (timezone.now() - self.review.created_at).total_seconds()
        return f"{timesince(self.review.created_at)} ago" if seconds >= 60 else "just now"

    @property
    def cursor(self) -> str:
        """Its place in the queue."""
        return f"{self.review.created_at.isoformat()}~{self.review.pk}"


class Before(NamedTuple):
    author: str
    text: str


def rows_of(reviews: Iterable[Review], page_of: Callable[[Review], str]) -> list[Row]:
    """With seven statements at most, whatever their number."""
    shown = list(reviews)
    signals = signals_of(shown)
    before = _before(shown)
    titles = KnownPost.objects.in_bulk({review.post_id for review in shown})
    return [
        Row(
            review,
            str(titles.get(review.post_id, "")),
            page_of(review),
            before[review.pk],
            signals[review.pk],
        )
        for review in shown
    ]


def _before(reviews: Sequence[Review]) -> dict[UUID, list[Before]]:
    earlier = Review.objects.filter(
        post_id=OuterRef("post_id"), status=Status.APPROVED, created_at__lt=OuterRef("created_at")
    ).order_by("-created_at")
    last, last_but_one = (Subquery(earlier.values("pk")[n : n + 1]) for n in (0, 1))
    found = Review.objects.filter(pk__in=[review.pk for review in reviews]).order_by()
    keys = {pk: pair for pk, *pair in found.values_list("pk", last_but_one, last)}
    found_before = Review.objects.in_bulk({key for pair in keys.values() for key in pair if key})
    texts = {
        key: Before(each.author, excerpt(each.content, BEFORE_CHARS))
        for key, each in found_before.items()
    }
    return {
        review.pk: [texts[key] for key in keys.get(review.pk, ()) if key in texts]
        for review in reviews
    }


def pending() -> QuerySet[Review]:
    return Review.objects.filter(status=Status.PENDING).order_by(*QUEUE_ORDER)


def pending_count() -> str:
    """As in "12", or "1,000+": counting stops there."""
    count = pending().order_by()[: MAX_COUNTED + 1].count()
    return f"{count:,}" if count <= MAX_COUNTED else f"{MAX_COUNTED:,}+"


def pending_after(cursor: str | None) -> list[Review]:
    """A page of the queue: the first, or the one after this ``Row.cursor``. Raises ValueError."""
    if cursor is None:
        return list(pending()[:PAGE_ROWS])
    moment, _, key = cursor.partition("~")
    at, comment_id = parse_datetime(moment), UUID(key)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ValueError(f"{cursor!r} is not a place in the queue")
    return list(beyond(pending(), QUEUE_ORDER, (at, comment_id), is_later=True)[:PAGE_ROWS])


def reasons() -> list[Any]:
    return list(Reason.objects.values_list("text", flat=True)[:MAX_REASONS])
