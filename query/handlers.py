"""From event to rows. Events carry the full state, so nothing is read and no status interpreted."""

from eventstore import contracts
from eventstore.consumer import Delete, Upsert
from query.models import CommentView, PostView, consumer


@consumer.handles(contracts.PostCreated, contracts.PostUpdated)
def record_post(event: contracts.PostState) -> Upsert:
    return Upsert(
        PostView,
        id=event.post_id,
        title=event.title,
        body=event.body,
        author=event.author,
        created_at=event.created_at,
        slug=event.slug,
        former_path=event.former_path,
    )


@consumer.handles(contracts.PostDeleted)
def remove_post(event: contracts.PostDeleted) -> Delete:
    return Delete(PostView, event.post_id)


@consumer.handles(contracts.CommentCreated, contracts.CommentUpdated)
def record_comment(event: contracts.CommentState) -> Upsert:
    return Upsert(
        CommentView,
        id=event.comment_id,
        post_id=event.post_id,
        parent_id=event.parent_id,
        author=event.author,
        content=event.content,
        status=event.status,
        created_at=event.created_at,
        reason=event.reason,
        thread_id=event.thread_id or event.comment_id,
        thread_at=event.thread_at or event.created_at,
    )


@consumer.handles(contracts.CommentDeleted)
def remove_comment(event: contracts.CommentDeleted) -> Delete:
    return Delete(CommentView, event.comment_id)
