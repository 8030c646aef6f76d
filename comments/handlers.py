"""What comments does about the events it hears."""

from comments import services
from comments.known import consumer
from comments.models import KnownPost
from eventstore.consumer import Delete
from eventstore.contracts import CommentModerated, PostCreated, PostDeleted


@consumer.on(PostCreated)
def know_post(event: PostCreated) -> KnownPost:
    return KnownPost(post_id=event.post_id)


@consumer.on(PostDeleted)
def forget_post(event: PostDeleted) -> Delete:
    services.delete_comments_of(event.post_id)
    return Delete(KnownPost, event.post_id)


@consumer.on(CommentModerated)
def apply_decision(event: CommentModerated) -> None:
    services.set_status(event.comment_id, event.status)
