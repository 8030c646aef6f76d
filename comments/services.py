"""What can be done with comments. Each is one transaction that saves and publishes an event."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from comments.models import Comment, KnownPost, Outbox, Status, consumer
from eventstore import contracts

ALIAS = "comments"
ANONYMOUS = "Anonymous"


class PostNotFound(LookupError):
    """There is no such post to comment on."""


class CommentNotFound(LookupError):
    """There is no such comment."""


def create_comment(
    post_id: UUID,
    author: str,
    content: str,
    *,
    comment_id: UUID | None = None,
    created_at: datetime | None = None,
) -> Comment:
    """A new comment, pending; a second call with the same ``comment_id`` returns the existing one.
    Raises PostNotFound; a post whose event is stored but not yet handled is found."""
    with transaction.atomic(using=ALIAS):
        if comment_id and (existing := Comment.objects.filter(id=comment_id).first()):
            return existing
        # Locked: a post that is being deleted takes its last comment with it.
        known = KnownPost.objects.select_for_update().filter(post_id=post_id).exists()
        if not known and not _learn_post(post_id):
            raise PostNotFound(post_id)
        comment = Comment.objects.create(
            id=comment_id or uuid4(),
            post_id=post_id,
            author=author or ANONYMOUS,
            content=content,
            created_at=created_at or timezone.now(),
        )
        Outbox.publish(contracts.CommentCreated(**_state(comment)))
    return comment


def update_comment(
    comment_id: UUID, *, author: str | None = None, content: str | None = None
) -> Comment:
    """Change author, content or both; the status stays. Raises CommentNotFound."""
    with transaction.atomic(using=ALIAS):
        comment = _locked(comment_id)
        before = _state(comment)
        comment.author = comment.author if author is None else author or ANONYMOUS
        comment.content = comment.content if content is None else content
        if _state(comment) != before:
            comment.save()
            Outbox.publish(contracts.CommentUpdated(**_state(comment)))
    return comment


def set_status(comment_id: UUID, status: str) -> None:
    """Set the status that moderation decided; a deleted comment stays deleted."""
    with transaction.atomic(using=ALIAS), suppress(CommentNotFound):
        comment = _locked(comment_id)
        if comment.status != status:
            comment.status = Status(status)
            comment.save()
            Outbox.publish(contracts.CommentUpdated(**_state(comment)))


def delete_comment(comment_id: UUID) -> None:
    """Raises CommentNotFound."""
    with transaction.atomic(using=ALIAS):
        comment = _locked(comment_id)
        comment.delete()
        Outbox.publish(contracts.CommentDeleted(comment_id=comment_id, post_id=comment.post_id))


def delete_comments_of(post_id: UUID) -> None:
    """The post is deleted: its comments are too, each with its own event."""
    with transaction.atomic(using=ALIAS):
        KnownPost.objects.filter(post_id=post_id).delete()
        comments = Comment.objects.select_for_update().filter(post_id=post_id).order_by("id")
        for comment in list(comments):
            delete_comment(comment.id)


def is_known(post_id: UUID) -> bool:
    """The post may be commented on, as far as its events have been handled or stored."""
    return KnownPost.objects.filter(post_id=post_id).exists() or _is_stored(post_id)


def _locked(comment_id: UUID) -> Comment:
    # The lock comes before the outbox row: events of one comment leave in order.
    comment = Comment.objects.select_for_update().filter(id=comment_id).first()
    if comment is None:
        raise CommentNotFound(comment_id)
    return comment


def _state(comment: Comment) -> dict[str, Any]:
    names = ("post_id", "author", "content", "created_at")
    state = {name: getattr(comment, name) for name in names}
    return {"comment_id": comment.id, "status": str(comment.status), **state}


def _is_stored(post_id: UUID) -> bool:
    """The event store has the post, whether its event has been handled here or not."""
    events = consumer.events_about(post_id)
    changes = [
        event
        for event in events
        if isinstance(event, contracts.PostCreated | contracts.PostDeleted)
    ]
    return bool(changes) and isinstance(changes[-1], contracts.PostCreated)


def _learn_post(post_id: UUID) -> bool:
    """Look an unknown post up in the event store, ahead of the checkpoint: a comment may arrive
    before its post's event was handled. Call it in a transaction of the comments database.

    The checkpoint is locked meanwhile: the deletion of the post is either in the log already,
    and seen here, or handled after this transaction, and takes the comment with it."""
    consumer.lock()
    if stored := _is_stored(post_id):
        KnownPost.objects.get_or_create(post_id=post_id)
    return stored
