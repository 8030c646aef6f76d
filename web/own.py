"""Which comments this browser sent: a signed cookie. To it, and to nobody else among the public,
a comment that awaits moderation shows its text.

Cookies do not know ports: the comments service sets it, the query service reads it.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

COOKIE = "own_comments"
KEEP = 40  # the newest ones; a cookie holds 4 kB
MAX_AGE = 30 * 86_400


def own_comments(request: Any) -> list[UUID]:
    """The ids of the comments that this browser sent, oldest first."""
    try:
        packed = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=MAX_AGE)
        return [UUID(hex=value) for value in packed]
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return []


def remember_own(request: HttpRequest, response: HttpResponseBase, comment_id: UUID) -> None:
    """Note in the browser that this comment is its own."""
    ids = [*own_comments(request), comment_id][-KEEP:]
    response.set_cookie(
        COOKIE,
        signing.dumps([value.hex for value in ids], salt=COOKIE, compress=True),
        max_age=MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.TLS,
    )
