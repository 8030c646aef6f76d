"""The external check: what no rule decides is sent, signed, to a webhook that approves, rejects or
holds it. A worker does that beside its tasks, some comments at a time; no handler waits for it."""

import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moderation import services
from moderation.models import Check, KnownPost, Review, Status
from moderation.notices import in_one_line
from web.markdown import reading
from web.outbound import CallFailed, post

log = logging.getLogger(__name__)

ALIAS = "moderation"
PARALLEL = 8  # calls
LEASE_SECONDS = 60.0  # beyond the time of a call: then its process has died
REASON = 150  # characters
ANSWERS = {"approve": Status.APPROVED, "reject": Status.REJECTED, "hold": Status.PENDING}


class Answer(NamedTuple):
    """``PENDING`` holds the comment for a person."""

    status: Status
    reason: str


def run() -> None:
    """Check what waits for it, the oldest first, until nothing is left that is due."""
    while claimed := _claim():
        with ThreadPoolExecutor(len(claimed)) as pool:
            answers = list(pool.map(_ask, [body for _, body in claimed]))
        for (check, _), answer in zip(claimed, answers, strict=True):
            services.decide_by_check(check, answer.status, answer.reason)


def _claim() -> Sequence[tuple[Check, bytes]]:
    """Some checks that are due, and what is sent for each. No other worker takes them until these
    calls have surely ended. Those that are not needed any more are removed."""
    due = Check.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    if not due.exists():
        return []
    with transaction.atomic(using=ALIAS):
        while checks := list(due.select_for_update()[:PARALLEL]):
            keys = [check.pk for check in checks]
            reviews = Review.objects.in_bulk(keys)
            needed = services.still_checked(checks, reviews)
            Check.objects.filter(pk__in=set(keys) - {check.pk for check in needed}).delete()
            if needed:
                lease = timedelta(seconds=settings.MODERATION_CHECK_SECONDS + LEASE_SECONDS)
                Check.objects.filter(pk__in=[check.pk for check in needed]).update(
                    due_at=timezone.now() + lease
                )
                posts = KnownPost.objects.in_bulk({reviews[each.pk].post_id for each in needed})
                return [(each, _body(reviews[each.pk], posts)) for each in needed]
    return []


def _body(review: Review, posts: dict[Any, KnownPost]) -> bytes:
    read, known = reading(review.content), posts.get(review.post_id)
    comment = {
        "comment_id": str(review.comment_id),
        "revision": review.revision,
        "post_id": str(review.post_id),
        "post_title": known.title if known else "",
        "author": review.author,
        "content": review.content,
        "text": read.text,
        "links": list(read.links),
        "created_at": review.created_at.isoformat(),
    }
    return json.dumps({"type": "comment.check", "data": comment}, ensure_ascii=False).encode()


def _ask(body: bytes) -> Answer:
    """Ends in time, and never raises: whatever is no answer holds the comment."""
    if not settings.MODERATION_CHECK_URL:
        return Answer(Status.PENDING, "the external check was turned off")
    data = json.loads(body)["data"]
    try:
        content = post(
            settings.MODERATION_CHECK_URL,
            settings.MODERATION_CHECK_SECRET,
            f"{data['comment_id']}.{data['revision']}",
            body,
            settings.MODERATION_CHECK_SECONDS,
        )
        return _answer(json.loads(content))
    except CallFailed as error:
        why = str(error)
    except (ValueError, RecursionError):
        why = "its response is not valid"
    log.warning("comment %s is held: the external check failed: %s", data["comment_id"], why)
    return Answer(Status.PENDING, f"the external check failed: {why}")


def _answer(found: Any) -> Answer:
    """Raises ValueError."""
    decision = found.get("decision") if isinstance(found, dict) else None
    reason = found.get("reason") or "" if isinstance(found, dict) else ""
    if not isinstance(decision, str) or decision not in ANSWERS or not isinstance(reason, str):
        raise ValueError
    status, reason = ANSWERS[decision], in_one_line(reason, REASON)
    if status == Status.PENDING:
        reason = f"held by the external check{': ' if reason else ''}{reason}"
    elif not reason:
        reason = f"{status} by the external check"
    return Answer(status, reason)
