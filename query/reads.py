"""Reading the read model. A page is a fixed number of queries, whatever it shows."""

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


@dataclass
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


def show_comment(comment: CommentView, reader: Reader) -> ShownComment:
    content = comment.content if reader.may_read(comment.id, comment.status) else ""
    return ShownComment(comment.id, comment.author, content, comment.status, comment.created_at)


def show_comments(comments: Iterable[CommentView], reader: Reader) -> list[ShownComment]:
    return [show_comment(comment, reader) for comment in comments]


def with_newest_comments(posts: Sequence[PostView], reader: Reader) -> list[ShownPost]:
    """Each post with its newest comments; one query for all of them."""
    ranked = (
        CommentView.objects.filter(post_id__in=[post.id for post in posts])
        .annotate(
            rank=Window(RowNumber(), partition_by=F("post_id"), order_by=["-created_at", "-id"]),
            of_post=Window(Count("*"), partition_by=F("post_id")),
        )
        .filter(rank__lte=NEWEST_COMMENTS)
        .order_by("created_at", "id")
    )
    shown = {post.id: show_post(post) for post in posts}
    for comment in ranked:
        post = shown[comment.post_id]
        post.comments.append(show_comment(comment, reader))
        post.comment_count = comment.of_post
    return list(shown.values())
