"""What can be done with posts. Each is one transaction that saves and publishes an event."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from eventstore.contracts import PostCreated, PostDeleted, PostUpdated
from posts.models import Outbox, Post

ALIAS = "posts"


class PostNotFound(LookupError):
    """There is no such post."""


class PostChanged(Exception):
    """Somebody else was faster: the post no longer has the version that the caller read."""


def create_post(
    title: str,
    body: str,
    *,
    author: str = "",
    post_id: UUID | None = None,
    created_at: datetime | None = None,
) -> Post:
    """A new post; a second call with the same ``post_id`` returns the existing post."""
    with transaction.atomic(using=ALIAS):
        if post_id and (existing := Post.objects.filter(id=post_id).first()):
            return existing
        post = Post.objects.create(
            id=post_id or uuid4(),
            title=title,
            body=body,
            author=author,
            created_at=created_at or timezone.now(),
        )
        Outbox.publish(PostCreated(**_state(post)))
    return post


def update_post(
    post_id: UUID,
    *,
    title: str | None = None,
    body: str | None = None,
    author: str | None = None,
    version: int | None = None,
) -> Post:
    """Raises PostNotFound; PostChanged where the post has another ``version`` (None: any)."""
    fields = {"title": title, "body": body, "author": author}
    changes = {name: value for name, value in fields.items() if value is not None}
    with transaction.atomic(using=ALIAS):
        post = _locked(post_id, version)
        if any(getattr(post, name) != value for name, value in changes.items()):
            for name, value in changes.items():
                setattr(post, name, value)
            post.version += 1
            post.save()
            Outbox.publish(PostUpdated(**_state(post)))
    return post


def delete_post(post_id: UUID, *, version: int | None = None) -> None:
    """Raises PostNotFound; PostChanged where the post has another ``version`` (None: any)."""
    with transaction.atomic(using=ALIAS):
        _locked(post_id, version).delete()
        Outbox.publish(PostDeleted(post_id=post_id))


def _locked(post_id: UUID, version: int | None) -> Post:
    # The lock comes before the outbox row: events of one post leave in the order they happened.
    post = Post.objects.select_for_update().filter(id=post_id).first()
    if post is None:
        raise PostNotFound(post_id)
    if version is not None and version != post.version:
        raise PostChanged(post_id)
    return post


def _state(post: Post) -> dict[str, Any]:
    names = ("title", "body", "author", "created_at")
    return {"post_id": post.id, **{name: getattr(post, name) for name in names}}
