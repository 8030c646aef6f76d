"""Who may read what a comment says."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from django.db import Error

from eventstore.outages import is_outage
from web.own import own_comments

APPROVED, PENDING = "approved", "pending"


class Reader:
    """The one who reads: staff and moderators see everything, a browser its own pending ones."""

    def __init__(self, request: Any) -> None:
        self.trusted = _is_trusted(request.user)
        self.own: Container[UUID] = (
            frozenset() if self.trusted else frozenset(own_comments(request))
        )

    def may_read(self, comment_id: UUID, status: str) -> bool:
        if self.trusted or status == APPROVED:
            return True
        return status == PENDING and comment_id in self.own


def _is_trusted(user: Any) -> bool:
    try:
        return bool(user.is_active and (user.is_staff or user.has_perm("moderation.view_review")))
    except Error as error:
        if not is_outage(error):
            raise
        return False  # nobody can say who reads: they see what the public sees
