"""Posts and comments as a reader may see them, in the shape in which the API responds with them:
``query.api`` has its schema."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from functools import lru_cache
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import get_current_timezone
from msgspec import UNSET, Struct, UnsetType

from web.readers import Reader

COMMENT = ("id", "parent_id", "author", "content", "status", "created_at", "reason")
"""The columns of a comment that are shown, in the order of the fields of ``ShownComment``."""
MAX_CACHED_PATHS = 1_000  # in each process; making one takes 20 µs
CommentValues = tuple[UUID, UUID | None, str, str, str, datetime, str]


class ShownComment(Struct, frozen=True, gc=False):
    """A comment as this reader may see it: the texts are empty where they may not read them."""

    id: UUID
    parent_id: UUID | None
    author: str
    content: str
    status: str
    created_at: datetime
    reason: str
    """Why it was rejected; empty for the public."""


class Counts(Struct, frozen=True, gc=False):
    """The number of a post's comments by their status."""

    approved: int = 0
    pending: int = 0
    rejected: int = 0


class ShownPost(Struct):
    """A post with some of its comments, in order of time, and the numbers of all of them."""

    id: UUID
    title: str
    slug: str
    body: str
    author: str
    created_at: datetime
    comment_count: int
    """Of the approved ones."""
    counts: Counts
    comments: list[ShownComment]
    comments_next: str | UnsetType | None = UNSET

    @property
    def path(self) -> str:
        return path_of(self.id, self.slug)


def show_comments(
    rows: Iterable[CommentValues], reader: Reader, zone: tzinfo | None = None
) -> list[ShownComment]:
    """``zone``: the current one, where that is known."""
    zone, shown = zone or get_current_timezone(), []
    for id_, parent_id, author, content, status, at, reason in rows:
        if not reader.may_know_why(id_):
            reason = ""
            if not reader.may_read(id_, status):
                author = content = ""
        here = at.astimezone(zone)
        shown.append(ShownComment(id_, parent_id, author, content, status, here, reason))
    return shown


@lru_cache(MAX_CACHED_PATHS)
def path_of(post_id: UUID, slug: str) -> str:
    """Of a post's page. A post that is older than slugs may have none."""
    name, value = ("post-detail", slug) if slug else ("post-by-id", post_id)
    return reverse(f"query:{name}", args=[value])
