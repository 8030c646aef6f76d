"""Reading the read model. A page is a fixed number of queries, whatever it shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from query.models import CommentView, PostView
from web.readers import Reader

NEWEST_COMMENTS = 10  # shown with each post of a list


@dataclass(slots=True, frozen=True)
class ShownComment:
    """A comment as this reader may see it: ``content`` is empty where they may not read it."""

    id: UUID
    author: str
    content: str
    status: str
    created_at: datetime


@dataclass(slots=True)
class ShownPost:
    """A post with some of its comments, in order of time, and the number of all of them."""

    id: UUID
    title: str
    body: str
    author: str
    created_at: datetime
    comment_count: int = 0
    comments: list[ShownComment] = field(default_factory=list)
    comments_next: str | None = None


def show_post(post: PostView) -> ShownPost:
    return ShownPost(post.id, post.title, post.body, post.author, post.created_at)


def show_comments(comments: Iterable[CommentView], reader: Reader) -> list[ShownComment]:
    return [
        ShownComment(
            comment.id,
            comment.author,
            comment.content if reader.may_read(comment.id, comment.status) else "",
            comment.status,
            comment.created_at,
        )
        for comment in comments
    ]


def with_newest_comments(posts: Sequence[PostView], reader: Reader) -> list[ShownPost]:
    """Each post with its newest comments; one query for all of them."""
    ranked = (
        CommentView.objects.filter(post_id__in=[post.id for post in posts])
        .annotate(
            rank=Window(
                RowNumber(),
                partition_by=F("post_id"),
                order_by=[F("created_at").desc(), F("id").desc()],
            ),
            of_post=Window(Count("*"), partition_by=F("post_id")),
        )
        .filter(rank__lte=NEWEST_COMMENTS)
        .order_by("created_at", "id")
    )
    newest: dict[UUID, list[CommentView]] = defaultdict(list)
    counts: dict[UUID, int] = {}
    for comment in ranked:
        newest[comment.post_id].append(comment)
        counts[comment.post_id] = comment.of_post
    shown = []
    for post in posts:
        entry = show_post(post)
        entry.comment_count = counts.get(post.id, 0)
        entry.comments = show_comments(newest[post.id], reader)
        shown.append(entry)
    return shown
