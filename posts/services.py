"""What can be done with posts. Each is one transaction that saves and publishes an event."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from eventstore.contracts import PostCreated, PostDeleted, PostUpdated
from eventstore.reconcile import find, restore
from posts.models import Outbox, Post
from posts.recovery import POSTS
from posts.slugs import candidates

ALIAS = "posts"


class PostNotFound(LookupError):
    """There is no such post."""


class PostChanged(Exception):
    """Somebody else was faster: the post is no longer in the state that the caller read."""


def create_post(
    title: str,
    body: str,
    *,
    author: str = "",
    post_id: UUID | None = None,
    created_at: datetime | None = None,
    slug: str = "",
    former_path: str = "",
) -> Post:
    """A new post; a second call with the same ``post_id`` returns the existing post. ``slug`` is
    what it should be called in its address (else: its title), as far as no other post is."""
    post = Post(id=post_id or uuid4(), title=title, body=body, author=author)
    post.created_at, post.former_path = created_at or timezone.now(), former_path
    with transaction.atomic(using=ALIAS):
        if post_id and (found := Post.objects.filter(id=post_id).first()):
            return found
        if not _save_with_slug(post, slug or title):
            return Post.objects.get(id=post.id)  # another has just created it
        Outbox.publish(PostCreated(**_state(post)))
    return post


def find_post(post_id: UUID) -> Post:
    """The post; one that this service has lost is made again from the log. Raises PostNotFound."""
    post: Post | None = find(POSTS, post_id)
    if post is None:
        raise PostNotFound(post_id)
    return post


def update_post(
    post_id: UUID,
    *,
    title: str | None = None,
    body: str | None = None,
    author: str | None = None,
    tag: str | None = None,
) -> Post:
    """Raises PostNotFound; PostChanged where the post has another ``tag`` (None: any)."""
    fields = {"title": title, "body": body, "author": author}
    changes = {name: value for name, value in fields.items() if value is not None}
    with transaction.atomic(using=ALIAS):
        post = _locked(post_id, tag)
        if any(getattr(post, name) != value for name, value in changes.items()):
            for name, value in changes.items():
                setattr(post, name, value)
            post.revision, post.version = uuid4(), post.version + 1
            if post.slug:
                post.save()
            else:
                _save_with_slug(post, post.title)
            Outbox.publish(PostUpdated(**_state(post)))
    return post


def delete_post(post_id: UUID, *, tag: str | None = None) -> None:
    """Raises PostNotFound; PostChanged where the post has another ``tag`` (None: any)."""
    with transaction.atomic(using=ALIAS):
        _locked(post_id, tag).delete()
        Outbox.publish(PostDeleted(post_id=post_id))


def _locked(post_id: UUID, tag: str | None) -> Post:
    # The lock comes before the outbox row: events of one post leave in the order they happened.
    post = Post.objects.select_for_update().filter(id=post_id).first() or restore(POSTS, post_id)
    if post is None:
        raise PostNotFound(post_id)
    if tag is not None and tag != post.tag:
        raise PostChanged(post_id)
    return post


def _save_with_slug(post: Post, words: str) -> bool:
    """Save the post under the first slug that no other post has. Returns whether it could: a new
    one cannot, if another transaction has created it."""
    is_new = post._state.adding
    for slug in candidates(words, post.id):
        post.slug = slug
        try:
            with transaction.atomic(using=ALIAS):
                post.save(force_insert=is_new)
        except IntegrityError:
            if is_new and Post.objects.filter(id=post.id).exists():
                return False
        else:
            return True
    raise RuntimeError(f"no slug is left for the post {post.id}")


def _state(post: Post) -> dict[str, Any]:
    names = ("title", "body", "author", "created_at", "former_path")
    state = {name: getattr(post, name) for name in names}
    return {"post_id": post.id, "slug": post.slug or "", **state}
