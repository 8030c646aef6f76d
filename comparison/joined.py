"""One statement that joins posts and comments: LEFT JOIN, and a subselect for where a page ends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from comparison.models import Post

POST = ("id", "title", "body", "author", "created_at")
COMMENT = ("id", "author", "content", "status", "created_at")
COLUMNS = (*POST, *(f"comments__{name}" for name in COMMENT))
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class JoinedPost(NamedTuple):
    """The values of ``POST``, and those of ``COMMENT`` of each of its comments in order of time."""

    post: tuple[Any, ...]
    comments: list[tuple[Any, ...]]


def newest(limit: int, before: datetime | None) -> Iterator[JoinedPost]:
    """(No two posts of the lab's data have the same time.)"""
    posts = Post.objects.filter(created_at__lt=before) if before else Post.objects.all()
    beyond = Subquery(posts.values("created_at")[limit : limit + 1])
    page = posts.filter(created_at__gt=Coalesce(beyond, BEGINNING, output_field=DateTimeField()))
    return _joined(page)


def one(post_id: UUID) -> JoinedPost | None:
    return next(_joined(Post.objects.filter(id=post_id)), None)


def _joined(posts: "QuerySet[Post]") -> Iterator[JoinedPost]:
    rows = posts.order_by("-created_at", "-id", "comments__created_at", "comments__id")
    for _, group in groupby(rows.values_list(*COLUMNS), key=lambda row: row[0]):
        of_post = list(group)
        comments = [row[len(POST) :] for row in of_post]
        # A post without comments comes with none.
        yield JoinedPost(of_post[0][: len(POST)], [each for each in comments if each[0]])
