"""Rows of a blog for any schema."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model

from lab.data import CHUNK, CommentData, PostData, chunks

Models = Iterable[type[Model]]


def fill(blog: Sequence[PostData], of_posts: Models, of_comments: Models) -> None:
    """A row of each of these models for each post, and for each comment."""
    for some in chunks(blog):
        for model in of_posts:
            _create(model, map(post_values, some))
        for model in of_comments:
            _create(model, (comment_values(post, each) for post in some for each in post.comments))


def post_values(post: PostData) -> dict[str, Any]:
    """What any table or event knows of a post, by name."""
    return {**vars(post), "post_id": post.id}


def comment_values(post: PostData, comment: CommentData) -> dict[str, Any]:
    """With who decided, and when: nobody yet if it is held for a person."""
    by, at = ("", None) if comment.status == "pending" else ("filter", comment.created_at)
    ids = {"comment_id": comment.id, "post_id": post.id}
    reason = "as imported" if comment.status == "rejected" else ""
    return {**vars(comment), **ids, "reason": reason, "decided_by": by, "decided_at": at}


def _create(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Each row has the columns that it knows; the others have their defaults."""
    columns = {field.attname for field in model._meta.concrete_fields}
    made = (model(**{name: row[name] for name in columns & row.keys()}) for row in rows)
    model._default_manager.bulk_create(made, batch_size=CHUNK)
