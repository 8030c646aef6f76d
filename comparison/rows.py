"""Rows of a blog, and the monolith's tables filled with them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from comparison.models import Comment, Post
from lab.data import CHUNK, CommentData, PostData


def fill_monolith(blog: Iterable[PostData]) -> None:
    blog = list(blog)
    Post.objects.bulk_create(Post(**post_columns(post)) for post in blog)
    Comment.objects.bulk_create(
        (
            Comment(**asdict(comment), **decision_columns(comment), post_id=post.id)
            for post in blog
            for comment in post.comments
        ),
        batch_size=CHUNK,
    )


def post_columns(post: PostData) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "body": post.body,
        "author": post.author,
        "created_at": post.created_at,
    }


def decision_columns(comment: CommentData) -> dict[str, Any]:
    """Who decided, and when; the same in the monolith and in moderation."""
    if comment.status == "pending":  # held for a person
        return {"decided_by": "", "decided_at": None}
    return {"decided_by": "filter", "decided_at": comment.created_at}
