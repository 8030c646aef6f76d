"""Which posts comments knows, and how it learns of one before its turn."""

from uuid import UUID

from comments.models import KnownPost, consumer
from eventstore.contracts import PostCreated, PostDeleted


def is_known(post_id: UUID) -> bool:
    """The post may be commented on, as far as its events have been handled or stored."""
    return KnownPost.objects.filter(post_id=post_id).exists() or is_stored(post_id)


def is_stored(post_id: UUID) -> bool:
    """The event store knows the post, whether its event has had its turn here or not."""
    lives = [
        event
        for event in consumer.events_about(post_id)
        if isinstance(event, PostCreated | PostDeleted)
    ]
    return bool(lives) and isinstance(lives[-1], PostCreated)


def learn_post(post_id: UUID) -> bool:
    """Look an unknown post up in the event store, ahead of the checkpoint: a comment may arrive
    before its post's event had its turn. Call it in a transaction of the comments database.

    The checkpoint is locked meanwhile: the deletion of the post is either in the log already,
    and seen here, or handled after this transaction, and takes the comment with it.
    """
    consumer.lock()
    stored = is_stored(post_id)
    if stored:
        KnownPost.objects.get_or_create(post_id=post_id)
    return stored
