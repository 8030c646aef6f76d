"""Who may read what a comment says: the public, its sender, and those who moderate. A signed cookie
names the comments that a browser sent: the comments service sets it, the query service reads it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from eventstore.outages import is_outage

APPROVED, PENDING, REJECTED = "approved", "pending", "rejected"
STATUSES = (APPROVED, PENDING, REJECTED)
COOKIE = "own_comments"
MAX_OWN_COMMENTS = 40  # the newest ones; a cookie holds 4 kB
MAX_AUTHOR_LENGTH = 80
MAX_AGE_SECONDS = 30 * 86_400


class Reader:
    """Staff and moderators see all, a browser what it sent, others the approved comments."""

    def __init__(self, request: Any = None) -> None:
        """Without a request, the public."""
        self.trusted = request is not None and _known(lambda: _is_trusted(request.user))
        self.is_staff = self.trusted and bool(request.user.is_staff)
        self.own = frozenset(own_comments(request))
        self._request = request

    @cached_property
    def may_post(self) -> bool:
        return _known(lambda: may_post(self._request))

    def may_read(self, comment_id: UUID, status: str) -> bool:
        return status == APPROVED or self.trusted or comment_id in self.own

    def may_know_why(self, comment_id: UUID) -> bool:
        """Why the comment was rejected."""
        return self.trusted or (bool(self.own) and comment_id in self.own)


class IsModerator(BasePermission):
    """Who may view reviews may read them; who may change reviews decides."""

    def has_permission(self, request: Request, view: Any) -> bool:
        right = "view" if request.method in SAFE_METHODS else "change"
        return bool(request.user and request.user.has_perm(f"moderation.{right}_review"))


def may_post(request: Any) -> bool:
    user = request.user
    return settings.POSTING == "everyone" or bool(user.is_active and user.is_staff)


def name_of_author(request: Any) -> str:
    """What a post's author is called who gives no name: where posting is for staff, the user's."""
    if settings.POSTING == "everyone" or not may_post(request):
        return ""
    return str(request.user.get_full_name() or request.user.get_username())[:MAX_AUTHOR_LENGTH]


def own_comments(request: Any) -> list[UUID]:
    """The ids of the comments that this browser sent, oldest first."""
    try:
        cookie = request.COOKIES.get(COOKIE, "")
        packed = signing.loads(cookie, salt=COOKIE, max_age=MAX_AGE_SECONDS)
        return [UUID(hex=value) for value in packed]
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return []


def remember_own(request: HttpRequest, response: HttpResponseBase, comment_id: UUID) -> None:
    """Set the cookie: this comment is the browser's own."""
    others = [each for each in own_comments(request) if each != comment_id]
    ids = [*others, comment_id][-MAX_OWN_COMMENTS:]
    signed = signing.dumps([value.hex for value in ids], salt=COOKIE, compress=True)
    response.set_cookie(
        COOKIE, signed, MAX_AGE_SECONDS, httponly=True, samesite="Lax", secure=settings.TLS
    )


def may_change(created_at: datetime) -> bool:
    """Whether the sender of a comment of that time may still change or delete it."""
    return timezone.now() < created_at + timedelta(seconds=settings.CHANGE_WINDOW)


def too_late() -> str:
    """Why it may not, for the sender."""
    seconds = round(settings.CHANGE_WINDOW)
    if not seconds:
        return "Comments cannot be changed or deleted by their senders."
    number, unit = (seconds // 60, "minute") if seconds % 60 == 0 else (seconds, "second")
    time = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"A comment can be changed or deleted by its sender for {time}. That time is over."


def _is_trusted(user: Any) -> bool:
    return bool(user.is_active and (user.is_staff or user.has_perm("moderation.view_review")))


def _known(is_so: Callable[[], bool]) -> bool:
    """The reader is unknown while the database is away: they see and may what the public does."""
    try:
        return is_so()
    except Error as error:
        if not is_outage(error):
            raise
        return False
