"""Who may read what a comment says: the public, its sender, and those who moderate. A signed cookie
names the comments that a browser sent: the comments service sets it, the query service reads it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from eventstore.outages import is_outage

APPROVED, PENDING = "approved", "pending"
COOKIE = "own_comments"
MAX_OWN_COMMENTS = 40  # the newest ones; a cookie holds 4 kB
MAX_AGE_SECONDS = 30 * 86_400


class Reader:
    """Staff and moderators see all, a browser its own pending comments, others the approved."""

    def __init__(self, request: Any) -> None:
        self.trusted = _is_trusted(request.user)
        self.own = frozenset(() if self.trusted else own_comments(request))

    def may_read(self, comment_id: UUID, status: str) -> bool:
        own = status == PENDING and comment_id in self.own
        return self.trusted or status == APPROVED or own


class IsModerator(BasePermission):
    """Who may view reviews may read them; who may change reviews decides."""

    def has_permission(self, request: Request, view: Any) -> bool:
        right = "view" if request.method in SAFE_METHODS else "change"
        return bool(request.user and request.user.has_perm(f"moderation.{right}_review"))


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
    ids = [*own_comments(request), comment_id][-MAX_OWN_COMMENTS:]
    signed = signing.dumps([value.hex for value in ids], salt=COOKIE, compress=True)
    response.set_cookie(
        COOKIE, signed, MAX_AGE_SECONDS, httponly=True, samesite="Lax", secure=settings.TLS
    )


def _is_trusted(user: Any) -> bool:
    try:
        return bool(user.is_active and (user.is_staff or user.has_perm("moderation.view_review")))
    except Error as error:
        if not is_outage(error):
            raise
        return False  # the reader is unknown while the database is away: they see what is public
