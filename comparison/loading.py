"""Fills every schema with the same blog: the monolith's tables, the services' tables, the event
store, and from its events the read model.

In bulk, because thousands of posts would otherwise take minutes; a test holds the outcome against
a blog that was written comment by comment through the services.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.apps import apps
from django.db.models import Model

from comments.models import Comment as ServiceComment
from comments.models import KnownPost
from comparison.models import Rule as MonolithRule
from comparison.rows import decision_columns, fill_monolith, post_columns
from eventstore import store
from eventstore.consumer import consumers
from eventstore.contracts import (
    CommentCreated,
    CommentModerated,
    CommentUpdated,
    Contract,
    PostCreated,
    encode,
)
from eventstore.models import Event, Head, Subscription
from eventstore.rebuild import Rebuild
from eventstore.store import NewEvent
from lab.data import CHUNK, CommentData, PostData, chunks
from moderation.models import Review, Rule
from posts.models import Post as ServicePost
from query.models import consumer

EMPTIED_APPS = ("posts", "comments", "moderation", "query", "comparison")


def load(blog: Sequence[PostData]) -> None:
    """Replaces all that the databases hold by ``blog``."""
    empty()
    for some in chunks(blog):
        fill_monolith(some)
    load_services(blog)


def load_services(blog: Sequence[PostData]) -> None:
    """Into empty databases: what they hold when the blog was written and all is handled."""
    for some in chunks(blog):
        fill_services(some)
    for events in chunks(events_of(blog)):
        store.append(events)
    # Every consumer has handled all of it, and query's rows are made of it.
    for each in consumers().values():
        each.checkpoint._default_manager.update_or_create(
            consumer=each.name, defaults={"position": store.head_position()}
        )
    Rebuild(consumer, CHUNK, lambda events, position: None).switch()


def empty() -> None:
    """Deletes every row of posts and comments, and every event."""
    models: list[type[Model]] = [Event, Head, Subscription]
    for app in EMPTIED_APPS:
        models += apps.get_app_config(app).get_models()
    for model in models:
        if model not in (Rule, MonolithRule):
            model._default_manager.all().delete()


def fill_services(blog: Iterable[PostData]) -> None:
    blog = list(blog)
    ServicePost.objects.bulk_create(ServicePost(**post_columns(post)) for post in blog)
    KnownPost.objects.bulk_create(KnownPost(post_id=post.id) for post in blog)
    ServiceComment.objects.bulk_create(
        (
            ServiceComment(**asdict(comment), post_id=post.id)
            for post in blog
            for comment in post.comments
        ),
        batch_size=CHUNK,
    )
    Review.objects.bulk_create(
        (_review(post, comment) for post in blog for comment in post.comments), batch_size=CHUNK
    )


def _review(post: PostData, comment: CommentData) -> Review:
    return Review(
        comment_id=comment.id,
        post_id=post.id,
        author=comment.author,
        content=comment.content,
        status=comment.status,
        created_at=comment.created_at,
        **decision_columns(comment),
    )


def events_of(blog: Iterable[PostData]) -> Iterator[NewEvent]:
    """What the services would have published: a post is created; each of its comments is created,
    moderated and updated."""
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
    if comment.status == "pending":  # held for a person
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
