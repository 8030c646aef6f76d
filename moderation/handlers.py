"""What moderation does about the events it hears."""

from eventstore.consumer import Consumer
from eventstore.contracts import CommentCreated, CommentDeleted, CommentModerated, CommentUpdated
from moderation import services
from moderation.models import Checkpoint, ParkedEvent

consumer = Consumer("moderation", Checkpoint, ParkedEvent)


@consumer.on(CommentCreated)
def review(event: CommentCreated) -> None:
    said = consumer.said_about(event.comment_id)
    decisions = [each for each in said if isinstance(each, CommentModerated)]
    services.review_comment(event, decisions[-1] if decisions else None)


@consumer.on(CommentUpdated)
def refresh(event: CommentUpdated) -> None:
    services.refresh(event.comment_id, event.author, event.content)


@consumer.on(CommentDeleted)
def forget(event: CommentDeleted) -> None:
    services.forget(event.comment_id)
