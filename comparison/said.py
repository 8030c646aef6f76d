"""What the services would have said of a blog: its history, event by event."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from eventstore.contracts import (
    CommentCreated,
    CommentModerated,
    CommentUpdated,
    Contract,
    PostCreated,
    encode,
)
from eventstore.store import NewEvent
from lab.data import CommentData, PostData


def said(blog: Iterable[PostData]) -> Iterator[NewEvent]:
    """A post is created, each of its comments is created, judged, and updated."""
    for post in blog:
        created = PostCreated(
            post_id=post.id,
            title=post.title,
            body=post.body,
            author=post.author,
            created_at=post.created_at,
        )
        yield from _chain([created], post)
        for comment in post.comments:
            yield from _chain(_of_comment(post, comment), comment)


def _of_comment(post: PostData, comment: CommentData) -> list[Contract]:
    created = CommentCreated(**_state(post, comment, "pending"))
    if comment.status == "pending":  # held for a person, who has not looked yet
        return [created]
    moderated = CommentModerated(
        comment_id=comment.id,
        post_id=post.id,
        status=comment.status,
        reason="",
        decided_by="filter",
    )
    return [created, moderated, CommentUpdated(**_state(post, comment, comment.status))]


def _state(post: PostData, comment: CommentData, status: str) -> dict[str, Any]:
    return {
        "comment_id": comment.id,
        "post_id": post.id,
        "author": comment.author,
        "content": comment.content,
        "status": status,
        "created_at": comment.created_at,
    }


def _chain(events: list[Contract], about: PostData | CommentData) -> Iterator[NewEvent]:
    """Each event is caused by the one before."""
    correlation, cause = str(uuid.uuid4()), None
    for event in events:
        id = uuid.uuid4()
        yield NewEvent(
            id=id,
            type=type(event).__name__,
            source=event.source,
            subject=event.subject,
            time=about.created_at,
            data=encode(event),
            correlation_id=correlation,
            causation_id=cause,
        )
        cause = id
