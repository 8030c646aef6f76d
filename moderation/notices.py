"""Moderators are notified of new pending comments: by e-mail and a signed webhook, in digests.

A channel has at most one digest at a time. It is made of all that is new, which is marked in the
same transaction, and delivered afterwards, outside of any. What is new then waits for the next.
"""

import json
import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from moderation.models import (
    AWAITING_CHECK,
    QUEUE_ORDER,
    Channel,
    KnownPost,
    Notice,
    Review,
    Status,
)
from web.markdown import reading
from web.origins import site
from web.outbound import CallFailed, in_few_words, post

log = logging.getLogger(__name__)

ALIAS = "moderation"
WEBHOOK_SECONDS = 10.0
MAX_LISTED = 20  # comments, the oldest; of all others there is the number
EXCERPT = 200  # characters
LEASE_SECONDS = 60.0  # beyond the time of a call: then its process has died
RETRY_SECONDS, MAX_RETRY_SECONDS = 60.0, 3600.0
BITS = {Channel.EMAIL: 1, Channel.WEBHOOK: 2}  # in Review.announced


def run() -> None:
    """Do for each channel that is configured what is due."""
    for channel in Channel:
        if send := _sender(channel):
            collect(channel)
            deliver(channel, send)


def collect(channel: Channel) -> None:
    """Make a digest of what is new, ``MODERATION_DIGEST_SECONDS`` after the first of it was seen,
    unless the channel has one that is not delivered yet."""
    own, _ = Notice.objects.get_or_create(channel=channel)
    if own.notice_id or not (_news(channel).exists() or own.new_since):
        return
    with transaction.atomic(using=ALIAS):
        own = Notice.objects.select_for_update().get(channel=channel)
        if own.notice_id:
            return
        now = timezone.now()
        if not _news(channel).exists():
            own.new_since = None
        elif own.new_since is None and settings.MODERATION_DIGEST_SECONDS:
            own.new_since = now
        elif _is_over(own.new_since, now):
            own.notice_id, own.made_at, own.due_at = uuid4(), now, now
            own.content = _content(channel)
            own.new_since, own.tries, own.handed_over, own.error = None, 0, False, ""
        else:
            return
        own.save()


def deliver(channel: Channel, send: Callable[[Notice], None]) -> None:
    """Try to deliver the channel's digest, if there is one and its time has come."""
    own = _claimed(channel)
    if own is None:
        return
    mine = Notice.objects.filter(channel=channel, notice_id=own.notice_id, tries=own.tries)
    try:
        send(own)
    except CallFailed as error:
        pause = min(RETRY_SECONDS * 2 ** (own.tries - 1), MAX_RETRY_SECONDS)
        log.warning("digest by %s: %s; tried again in %d s", channel, error, pause)
        due_at = timezone.now() + timedelta(seconds=pause)
        mine.update(due_at=due_at, error=str(error)[:200], handed_over=False)
    except _Unknown as error:
        _give_up(mine, own, str(error))
    else:
        log.info("digest by %s: %d new comments", channel, _data(own)["new"])
        mine.update(notice_id=None, content=None, error="", sent_at=timezone.now())


class _Unknown(Exception):
    """The mail server may have the message, or not."""


def _claimed(channel: Channel) -> Notice | None:
    """The digest to deliver now. Nobody else takes it until this call has surely ended."""
    own = Notice.objects.filter(channel=channel).first()
    if own is None or not _is_due(own):
        return None
    with transaction.atomic(using=ALIAS):
        own = Notice.objects.select_for_update().get(channel=channel)
        if not _is_due(own):
            return None
        if own.handed_over:
            _give_up(Notice.objects.filter(channel=channel), own, "the worker ended meanwhile")
            return None
        own.tries = min(own.tries + 1, 30)
        seconds = max(WEBHOOK_SECONDS, settings.EMAIL_TIMEOUT) + LEASE_SECONDS
        own.due_at = timezone.now() + timedelta(seconds=seconds)
        own.save(update_fields=["tries", "due_at"])
    return own


def _give_up(mine: QuerySet[Notice], own: Notice, why: str) -> None:
    """A mail that may have been delivered is not sent again: the next one has the whole number."""
    log.warning("digest by %s: it may not have arrived: %s", own.channel, why)
    mine.update(notice_id=None, content=None, error=f"may not have arrived: {why}"[:200])


def _is_due(own: Notice) -> bool:
    return bool(own.notice_id and own.due_at and own.due_at <= timezone.now())


def _is_over(since: datetime | None, now: datetime) -> bool:
    waited = (now - since).total_seconds() if since else 0
    return not 0 <= waited < settings.MODERATION_DIGEST_SECONDS  # a clock may be set back


# --- What it has


def _news(channel: Channel) -> QuerySet[Review]:
    """What is pending, and in no digest of this channel."""
    bit = BITS[channel]
    others = [value for value in range(sum(BITS.values()) + 1) if not value & bit]
    news = Review.objects.filter(status=Status.PENDING, announced__in=others)
    return news.exclude(reason=AWAITING_CHECK)


def _content(channel: Channel) -> dict[str, Any]:
    """What is new, and marked so from now on."""
    first = list(_news(channel).order_by(*QUEUE_ORDER)[:MAX_LISTED])
    number = _news(channel).update(announced=F("announced") + BITS[channel])
    posts = KnownPost.objects.filter(pk__in={review.post_id for review in first})
    titles = dict(posts.values_list("post_id", "title"))
    return {
        "pending": Review.objects.filter(status=Status.PENDING).count(),
        "new": number,
        "more": number - len(first),
        "queue_url": site("moderation") + reverse("admin:moderation_review_changelist"),
        "comments": [_entry(review, titles.get(review.post_id, "")) for review in first],
    }


def _entry(review: Review, title: str) -> dict[str, str]:
    address = reverse("admin:moderation_review_change", args=[review.comment_id])
    return {
        "comment_id": str(review.comment_id),
        "post_id": str(review.post_id),
        "post_title": in_one_line(title, EXCERPT),
        "author": in_one_line(review.author, EXCERPT),
        "excerpt": in_one_line(reading(review.content).text, EXCERPT),
        "reason": in_one_line(review.reason, EXCERPT),
        "created_at": review.created_at.isoformat(),
        "url": site("moderation") + address,
    }


def in_one_line(text: str, length: int) -> str:
    """Without anything that cannot be seen, and not longer than ``length``."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(shown.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _data(own: Notice) -> dict[str, Any]:
    data: dict[str, Any] = own.content or {}
    return data


# --- The channels


def _sender(channel: Channel) -> Callable[[Notice], None] | None:
    """None for a channel that is not configured."""
    if channel == Channel.EMAIL:
        return _mail if settings.MODERATION_EMAIL else None
    return _post if settings.MODERATION_WEBHOOK_URL else None


def _post(own: Notice) -> None:
    """A digest that the receiver may have got is sent again, under the same id."""
    made_at = own.made_at or timezone.now()
    message = {"type": "comments.pending", "timestamp": made_at.isoformat(), "data": _data(own)}
    post(
        settings.MODERATION_WEBHOOK_URL,
        settings.MODERATION_WEBHOOK_SECRET,
        str(own.notice_id),
        json.dumps(message, ensure_ascii=False).encode(),
        WEBHOOK_SECONDS,
    )


def _mail(own: Notice) -> None:
    data, handed_over = _data(own), False

    def handing_over() -> None:
        nonlocal handed_over
        row = Notice.objects.filter(channel=own.channel, notice_id=own.notice_id, tries=own.tries)
        if not row.update(handed_over=True):
            raise _Unknown("another worker has it")
        handed_over = True

    connection = get_connection()
    if hasattr(connection, "handing_over"):
        connection.handing_over = handing_over
    else:
        handing_over()
    new, pending = data["new"], data["pending"]
    message = EmailMessage(
        f"{new:,} new comment{'' if new == 1 else 's'} to moderate, {pending:,} pending",
        render_to_string("moderation/notice.txt", data),
        to=settings.MODERATION_EMAIL,
        connection=connection,
        headers={
            "Message-ID": f"<{own.notice_id}@{_domain()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        message.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        code = _code(error)
        if handed_over and code < 0:  # a reply that is none
            raise _Unknown("no valid reply") from error
        raise CallFailed(f"the mail server refused it (reply {code})") from error
    except (OSError, smtplib.SMTPException) as error:
        if handed_over:
            raise _Unknown(in_few_words(error)) from error
        raise CallFailed(f"the mail server cannot be used ({in_few_words(error)})") from error


def _code(error: smtplib.SMTPException) -> int:
    replies: Any = getattr(error, "recipients", None)
    code: int = next(iter(replies.values()))[0] if replies else getattr(error, "smtp_code", 0)
    return code


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">"))
