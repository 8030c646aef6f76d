"""Fills every schema with the same blog: the monolith's tables, the services' tables, the event
store, and from its events the read model.

In bulk, because thousands of posts would otherwise take minutes; a test holds the outcome against
a blog that was written comment by comment through the services.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from django.apps import apps
from django.db.models import Model

from comments.models import Comment, KnownPost
from comparison.models import Comment as MonolithComment
from comparison.models import Post as MonolithPost
from comparison.models import Rule as MonolithRule
from comparison.rows import comment_values, fill, post_values
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
from lab.data import CHUNK, PostData, chunks
from moderation.models import Review, Rule
from posts.models import Post
from query.models import consumer

EMPTIED_APPS = ("posts", "comments", "moderation", "query", "comparison")
DECIDED = (CommentModerated, CommentUpdated)


def load(blog: Sequence[PostData]) -> None:
    """Replaces all posts, comments and events that the databases hold by ``blog``."""
    models: list[type[Model]] = [Event, Head, Subscription]
    for app in EMPTIED_APPS:
        models += apps.get_app_config(app).get_models()
    for model in models:
        if model not in (Rule, MonolithRule):
            model._default_manager.all().delete()
    fill(blog, [MonolithPost], [MonolithComment])
    load_services(blog)


def load_services(blog: Sequence[PostData]) -> None:
    """Into empty databases: what they hold when the blog was written and all is handled."""
    fill(blog, [Post, KnownPost], [Comment, Review])
    for events in chunks(events_of(blog)):
        store.append(events)
    # Every consumer has handled all of it, and query's rows are made of it.
    for each in consumers().values():
        each.checkpoint._default_manager.update_or_create(
            consumer=each.name, defaults={"position": store.head_position()}
        )
    Rebuild(consumer, CHUNK, lambda events, position: None).switch()


def events_of(blog: Iterable[PostData]) -> Iterator[NewEvent]:
    """What the services would have published: a post is created; each of its comments is created,
    and, unless it is held for a person, moderated and updated."""
    for post in blog:
        yield from _chain(post_values(post), PostCreated)
        for comment in post.comments:
            values = comment_values(post, comment)
            yield from _chain(
                values, CommentCreated, *(DECIDED if comment.status != "pending" else ())
            )


def _chain(values: dict[str, Any], *kinds: type[Contract]) -> Iterator[NewEvent]:
    """Each event is caused by the one before. A comment is pending when it is created."""
    correlation, cause = str(uuid.uuid4()), None
    for kind in kinds:
        known = values | {"status": "pending"} if kind is CommentCreated else values
        event, id = msgspec.convert(known, kind), uuid.uuid4()
        about = (id, kind.__name__, event.source, event.subject, values["created_at"])
        yield NewEvent(*about, encode(event), correlation, cause)
        cause = id
