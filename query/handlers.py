"""From event to rows. Events carry the full state, so nothing is read, and no status understood."""

from eventstore.consumer import Consumer, Delete
from eventstore.contracts import (
    CommentCreated,
    CommentDeleted,
    CommentUpdated,
    PostCreated,
    PostDeleted,
    PostUpdated,
)
from query.models import Checkpoint, CommentView, ParkedEvent, PostView

consumer = Consumer("query", Checkpoint, ParkedEvent)


@consumer.on(PostCreated, PostUpdated)
def record_post(event: PostCreated | PostUpdated) -> PostView:
    return PostView(
        id=event.post_id,
        title=event.title,
        body=event.body,
        author=event.author,
        created_at=event.created_at,
    )


@consumer.on(PostDeleted)
def remove_post(event: PostDeleted) -> Delete:
    return Delete(PostView, event.post_id)


@consumer.on(CommentCreated, CommentUpdated)
def record_comment(event: CommentCreated | CommentUpdated) -> CommentView:
    return CommentView(
        id=event.comment_id,
        post_id=event.post_id,
        author=event.author,
        content=event.content,
        status=event.status,
        created_at=event.created_at,
    )


@consumer.on(CommentDeleted)
def remove_comment(event: CommentDeleted) -> Delete:
    return Delete(CommentView, event.comment_id)
