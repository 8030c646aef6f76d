"""What can be done with comments. Each is one transaction that saves and publishes an event."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from comments.models import Comment, KnownPost, Outbox, Status, consumer
from comments.recovery import COMMENTS
from eventstore import contracts
from eventstore.reconcile import is_stored, restore
from eventstore.statements import table
from web.readers import may_change

ALIAS = "comments"
ANONYMOUS = "Anonymous"
OF_EXISTING_POST = Exists(KnownPost.objects.filter(post_id=OuterRef("post_id")))
"""Of a comment: no, while its post is being deleted."""


class PostNotFound(LookupError):
    """There is no such post to comment on."""


class CommentNotFound(LookupError):
    """There is no such comment."""


class ParentNotFound(LookupError):
    """What is replied to is no comment of this post, or is deleted."""


class CommentChanged(Exception):
    """Somebody else was faster: the comment is no longer as the caller has read it."""


class TooLate(Exception):
    """The time in which a sender may change or delete their comment is over."""


def create_comment(
    post_id: UUID,
    author: str,
    content: str,
    *,
    comment_id: UUID | None = None,
    created_at: datetime | None = None,
    parent_id: UUID | None = None,
) -> Comment:
    """A new comment, pending; a second call with the same ``comment_id`` returns the existing one.
    The parent of an imported one may be missing. Raises PostNotFound; a post whose event is stored
    but not yet handled is found."""
    with transaction.atomic(using=ALIAS):
        if comment_id and (found := existing().filter(id=comment_id).first()):
            return found
        # Locked: a post that is being deleted takes its last comment with it.
        if not table(KnownPost).lock(post_id, ("post_id",)) and not _learn_post(post_id):
            raise PostNotFound(post_id)
        comment = Comment(
            id=comment_id or uuid4(),
            post_id=post_id,
            parent_id=parent_id,
            author=author or ANONYMOUS,
            content=content,
            created_at=created_at or timezone.now(),
        )
        _place(comment)
        table(Comment).save(comment)
        Outbox.publish(contracts.CommentCreated(**_state(comment)))
    return comment


def reply(post_id: UUID, author: str, content: str, parent_id: UUID | None) -> Comment:
    """A new comment of a person, who may reply to another one. Raises PostNotFound; ParentNotFound
    where the parent is no comment of this post."""
    if parent_id is None:
        return create_comment(post_id, author, content)
    with transaction.atomic(using=ALIAS):
        try:
            parent = find_comment(parent_id)
        except CommentNotFound:
            parent = None
        if parent is None or parent.post_id != post_id:
            if not is_known(post_id):
                raise PostNotFound(post_id)
            raise ParentNotFound(parent_id)
        return create_comment(post_id, author, content, parent_id=parent_id)


def find_comment(comment_id: UUID) -> Comment:
    """The comment; one that this service has lost is made again from the log. Raises
    CommentNotFound."""
    if comment := existing().filter(id=comment_id).first():
        return comment
    if not is_stored(COMMENTS, comment_id):
        raise CommentNotFound(comment_id)
    with transaction.atomic(using=ALIAS):
        return _locked(comment_id)


def update_comment(
    comment_id: UUID,
    *,
    author: str | None = None,
    content: str | None = None,
    tag: str | None = None,
    by_sender: bool = False,
) -> Comment:
    """Change author, content or both. The status stays; but what its sender changes is a new
    revision, which is pending until it is judged. Raises CommentNotFound; CommentChanged where the
    comment has another ``tag`` (None: any); TooLate."""
    with transaction.atomic(using=ALIAS):
        comment = _locked(comment_id, tag, by_sender=by_sender)
        before = _state(comment)
        comment.author = comment.author if author is None else author or ANONYMOUS
        comment.content = comment.content if content is None else content
        if _state(comment) != before:
            if by_sender:
                comment.revision += 1
                comment.status, comment.reason = Status.PENDING, ""
            comment.save()
            Outbox.publish(contracts.CommentUpdated(**_state(comment)))
    return comment


def set_status(comment_id: UUID, status: str, reason: str = "", revision: int = 1) -> None:
    """Set the status that moderation decided for this ``revision`` of the text: if its sender has
    changed it since, that is judged anew. A deleted comment stays deleted."""
    reason = reason if status == Status.REJECTED else ""
    with transaction.atomic(using=ALIAS), suppress(CommentNotFound):
        comment = _locked(comment_id)
        if comment.revision == revision and (comment.status, comment.reason) != (status, reason):
            comment.status, comment.reason = Status(status), reason
            comment.save()
            Outbox.publish(contracts.CommentUpdated(**_state(comment)))


def delete_comment(comment_id: UUID, *, tag: str | None = None, by_sender: bool = False) -> Comment:
    """The comment that was deleted; replies to it stay. Raises CommentNotFound; CommentChanged
    where the comment has another ``tag`` (None: any); TooLate."""
    with transaction.atomic(using=ALIAS):
        comment = _locked(comment_id, tag, by_sender=by_sender)
        comment.delete()
        Outbox.publish(contracts.CommentDeleted(comment_id=comment_id, post_id=comment.post_id))
    return comment


def forget_post(post_id: UUID) -> None:
    """The post is deleted: it takes no comments any more, and none of its comments is found."""
    KnownPost.objects.filter(post_id=post_id).delete()


def delete_comments_of(post_id: UUID, limit: int) -> bool:
    """Delete at most ``limit`` comments of a deleted post, each with its own event; returns whether
    more may be left."""
    with transaction.atomic(using=ALIAS):
        comments = Comment.objects.select_for_update().filter(post_id=post_id)
        ids = list(comments.order_by("created_at").values_list("id", flat=True)[:limit])
        deleted = contracts.CommentDeleted
        Outbox.publish_all(deleted(comment_id=each, post_id=post_id) for each in ids)
        Comment.objects.filter(id__in=ids).delete()
    return len(ids) == limit


def existing() -> QuerySet[Comment]:
    """All comments but those of posts that are being deleted."""
    return Comment.objects.filter(OF_EXISTING_POST)


def is_known(post_id: UUID) -> bool:
    """The post may be commented on, as far as its events have been handled or stored."""
    return KnownPost.objects.filter(post_id=post_id).exists() or _is_stored(post_id)


def _locked(comment_id: UUID, tag: str | None = None, *, by_sender: bool = False) -> Comment:
    # The lock comes before the outbox row: events of one comment leave in order.
    comment = existing().select_for_update().filter(id=comment_id).first()
    if comment is None:
        comment = _restored(comment_id)
    if comment is None:
        raise CommentNotFound(comment_id)
    if by_sender and not may_change(comment.created_at):
        raise TooLate(comment_id)
    if tag is not None and tag != comment.tag:
        raise CommentChanged(comment_id)
    return comment


def _place(comment: Comment) -> None:
    """A reply belongs to the thread of its parent. Where that is not here, to one of its own."""
    if comment.parent_id is None:
        return
    parent = Comment.objects.filter(id=comment.parent_id).first()
    if parent is None:
        comment.thread_id, comment.thread_at = comment.parent_id, comment.created_at
    else:
        comment.thread_id = parent.thread_id or parent.id
        comment.thread_at = parent.thread_at or parent.created_at


def _restored(comment_id: UUID) -> Comment | None:
    """One that this service has lost, made again from the log; None while its post is deleted."""
    comment: Comment | None = restore(COMMENTS, comment_id)
    if comment is None:
        return None
    known = KnownPost.objects.filter(post_id=comment.post_id).exists()
    return comment if known or _learn_post(comment.post_id) else None


def _state(comment: Comment) -> dict[str, Any]:
    names = ("post_id", "parent_id", "author", "content", "created_at", "reason", "revision")
    state = {name: getattr(comment, name) for name in (*names, "thread_id", "thread_at")}
    return {"comment_id": comment.id, "status": str(comment.status), **state}


def _is_stored(post_id: UUID) -> bool:
    """The event store has the post, whether its event has been handled here or not."""
    return consumer.types_about(post_id)[-1:] == ["PostCreated"]


def _learn_post(post_id: UUID) -> bool:
    """Look an unknown post up in the event store, ahead of the checkpoint: a comment may arrive
    before its post's event was handled. Call it in a transaction of the comments database.

    The checkpoint is locked meanwhile: the deletion of the post is either in the log already,
    and seen here, or handled after this transaction, and takes the comment with it."""
    consumer.lock()
    if consumer.is_unfinished(post_id):
        return False  # created anew while the comments of its earlier life are being deleted
    if stored := _is_stored(post_id):
        KnownPost.objects.get_or_create(post_id=post_id)
    return stored
