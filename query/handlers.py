"""From event to rows. Events carry the full state, so nothing is read and no status interpreted."""

from eventstore.consumer import Delete
from eventstore.contracts import (
    CommentCreated,
    CommentDeleted,
    CommentUpdated,
    PostCreated,
    PostDeleted,
    PostUpdated,
)
from query.models import CommentView, PostView, consumer


@consumer.handles(PostCreated, PostUpdated)
def record_post(event: PostCreated | PostUpdated) -> PostView:
    return PostView(
        id=event.post_id,
        title=event.title,
        body=event.body,
        author=event.author,
        created_at=event.created_at,
    )


@consumer.handles(PostDeleted)
def remove_post(event: PostDeleted) -> Delete:
    return Delete(PostView, event.post_id)


@consumer.handles(CommentCreated, CommentUpdated)
def record_comment(event: CommentCreated | CommentUpdated) -> CommentView:
    return CommentView(
        id=event.comment_id,
        post_id=event.post_id,
        author=event.author,
        content=event.content,
        status=event.status,
        created_at=event.created_at,
    )


@consumer.handles(CommentDeleted)
def remove_comment(event: CommentDeleted) -> Delete:
    return Delete(CommentView, event.comment_id)
