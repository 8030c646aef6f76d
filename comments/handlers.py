"""What comments does about the events that it subscribes to."""

from comments import services
from comments.models import KnownPost, consumer
from eventstore.consumer import Delete, Upsert
from eventstore.contracts import CommentModerated, PostCreated, PostDeleted


@consumer.handles(PostCreated)
def know_post(event: PostCreated) -> Upsert:
    return Upsert(KnownPost, post_id=event.post_id)


@consumer.handles(PostDeleted)
def forget_post(event: PostDeleted) -> Delete:
    services.forget_post(event.post_id)
    return Delete(KnownPost, event.post_id)  # also where the batch has just learned of it


@consumer.in_chunks(PostDeleted)
def delete_comments(event: PostDeleted, limit: int) -> bool:
    return services.delete_comments_of(event.post_id, limit)


@consumer.handles(CommentModerated)
def apply_decision(event: CommentModerated) -> None:
    services.set_status(event.comment_id, event.status, event.reason, event.revision)
