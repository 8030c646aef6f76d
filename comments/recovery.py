"""Comments' own rows, and the posts that it knows, as the log has them."""

from collections.abc import Sequence
from typing import Any

from comments import models
from comments.models import Comment, KnownPost, Outbox, Status
from eventstore.contracts import (
    CommentCreated,
    CommentDeleted,
    CommentUpdated,
    Contract,
    PostCreated,
    PostDeleted,
)
from eventstore.owned import Owned


class KnownPosts(Owned):
    """They are made of posts' events alone, so nothing of them is published."""

    model = KnownPost
    attributes = {"post_id": "post_id"}
    states = (PostCreated,)
    gone = PostDeleted
    consumer = models.consumer


class Comments(Owned):
    model = Comment
    attributes = {
        "comment_id": "id",
        "post_id": "post_id",
        "parent_id": "parent_id",
        "author": "author",
        "content": "content",
        "status": "status",
        "created_at": "created_at",
        "reason": "reason",
        "revision": "revision",
        "thread_id": "thread_id",
        "thread_at": "thread_at",
    }
    states = (CommentCreated, CommentUpdated)
    gone = CommentDeleted
    outbox = Outbox
    consumer = models.consumer

    def announce(self, row: Any, is_known: bool) -> list[Contract]:
        state = self.event_of(CommentUpdated, row)
        if is_known:
            return [state]
        new = self.event_of(CommentCreated, row, status=Status.PENDING.value, reason="")
        return [new] if row.status == Status.PENDING else [new, state]

    def settle(self, made: Sequence[Any]) -> None:
        """A deleted post takes its comments with it, also those that are made again."""
        posts = {row.post_id for row in made}
        known = KNOWN_POSTS.read(posts, models.consumer.lock().position)
        gone = {post for post, about in known.items() if about.row is None}
        for row in made:
            if row.post_id in gone:
                Outbox.publish(self.event_of(CommentDeleted, row))
                row.delete()


KNOWN_POSTS, COMMENTS = KnownPosts(), Comments()
