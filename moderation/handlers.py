"""What moderation does about the events that it subscribes to."""

from eventstore.contracts import CommentCreated, CommentDeleted, CommentModerated, CommentUpdated
from moderation import services
from moderation.models import consumer


@consumer.handles(CommentCreated)
def review(event: CommentCreated) -> None:
    published = consumer.published_about(event.comment_id)
    decisions = [each for each in published if isinstance(each, CommentModerated)]
    services.review_comment(event, decisions[-1] if decisions else None)


@consumer.handles(CommentUpdated)
def refresh(event: CommentUpdated) -> None:
    services.refresh(event.comment_id, event.author, event.content)


@consumer.handles(CommentDeleted)
def forget(event: CommentDeleted) -> None:
    services.forget(event.comment_id)
