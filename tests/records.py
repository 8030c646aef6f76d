"""What is on record, in every service and in the event store."""

from comments.models import Comment
from eventstore.messaging import outboxes
from eventstore.models import Event
from moderation.models import Review
from posts.models import Post


def on_record() -> list[object]:
    """All that a write would change."""
    kept = [list(model.objects.order_by("pk").values()) for model in (Post, Comment, Review, Event)]
    return [*kept, *(list(outbox._default_manager.values()) for outbox in outboxes())]
