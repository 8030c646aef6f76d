"""What moderation does about the events that it subscribes to."""

from eventstore.consumer import Delete, Upsert
from eventstore.contracts import (
    CommentCreated,
    CommentDeleted,
    CommentModerated,
    CommentState,
    CommentUpdated,
    PostCreated,
    PostDeleted,
    PostState,
    PostUpdated,
)
from moderation import services
from moderation.models import KnownPost, Review, Status, consumer


@consumer.handles(CommentCreated, reads=True)  # a comment that was deleted before
def review(event: CommentCreated) -> None:
    services.review_comment(event, _decided(event))


@consumer.handles(CommentUpdated, reads=True)
def review_again(event: CommentUpdated) -> None:
    if event.status == Status.PENDING and services.is_newer(event.comment_id, event.revision):
        services.review_again(event, _decided(event))
    else:
        services.refresh(event.comment_id, event.author, event.content)


def _decided(event: CommentState) -> CommentModerated | None:
    """The last decision on this text that is published already."""
    about = consumer.published_about(event.comment_id)
    decisions = [each for each in about if isinstance(each, CommentModerated)]
    on_this = [each for each in decisions if each.revision == event.revision]
    return on_this[-1] if on_this else None


@consumer.handles(CommentDeleted)
def forget(event: CommentDeleted) -> Delete:
    return Delete(Review, event.comment_id)


@consumer.handles(PostCreated, PostUpdated)
def know_post(event: PostState) -> Upsert:
    return Upsert(KnownPost, post_id=event.post_id, title=event.title)


@consumer.handles(PostDeleted)
def forget_post(event: PostDeleted) -> Delete:
    return Delete(KnownPost, event.post_id)
