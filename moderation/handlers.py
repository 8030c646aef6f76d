"""What moderation does about the events it hears."""

from eventstore.consumer import Consumer
from eventstore.contracts import CommentCreated, CommentDeleted, CommentUpdated
from moderation import services
from moderation.models import Checkpoint, ParkedEvent

consumer = Consumer("moderation", Checkpoint, ParkedEvent)


@consumer.on(CommentCreated)
def review(event: CommentCreated) -> None:
    services.review_comment(event)


@consumer.on(CommentUpdated)
def refresh(event: CommentUpdated) -> None:
    services.refresh(event.comment_id, event.author, event.content)


@consumer.on(CommentDeleted)
def forget(event: CommentDeleted) -> None:
    services.forget(event.comment_id)
