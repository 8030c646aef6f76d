"""Fills every schema with the same blog: the monolith's tables, the services' tables, the event
store, and from its events the read model.

In bulk, because thousands of posts would otherwise take minutes; a test holds the outcome against
a blog that was written comment by comment through the services.
"""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.apps import apps
from django.db.models import Model

from comments.models import Comment, KnownPost
from comparison import models as monolith
from comparison.rows import comment_values, fill, post_values
from config.services import ALL_SERVICES
from eventstore import contracts, store
from eventstore.consumer import consumers
from eventstore.models import Event, Head, Subscription
from eventstore.rebuild import Rebuild
from eventstore.store import NewEvent
from lab.data import CHUNK, PostData, chunks
from moderation.models import Review, Rule
from posts.models import Post
from query.models import consumer

EMPTIED_APPS = (*ALL_SERVICES, "comparison")


def load(blog: Sequence[PostData]) -> None:
    """Replaces all posts, comments and events that the databases hold by ``blog``."""
    models: list[type[Model]] = [Event, Head, Subscription]
    for app in EMPTIED_APPS:
        models += apps.get_app_config(app).get_models()
    for model in models:
        if model not in (Rule, monolith.Rule):
            model._default_manager.all().delete()
    fill(blog, [monolith.Post], [monolith.Comment])
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


def events_of(blog: Sequence[PostData]) -> Iterator[NewEvent]:
    """What the services would have published: a post is created; each of its comments is created,
    and, unless it is held for a person, moderated and updated."""
    for post in blog:
        yield from _chain(post_values(post), contracts.PostCreated)
        for comment in post.comments:
            kinds: list[type[contracts.Contract]] = [contracts.CommentCreated]
            if comment.status != "pending":
                kinds += [contracts.CommentModerated, contracts.CommentUpdated]
            yield from _chain(comment_values(post, comment), *kinds)


def _chain(values: dict[str, Any], *kinds: type[contracts.Contract]) -> Iterator[NewEvent]:
    """Each event is caused by the one before. A comment is pending when it is created."""
    correlation, cause = str(uuid.uuid4()), None
    for kind in kinds:
        is_new = kind is contracts.CommentCreated
        known = values | {"status": "pending", "reason": ""} if is_new else values
        event, id = msgspec.convert(known, kind), uuid.uuid4()
        about = (id, kind.__name__, event.source, event.subject, values["created_at"])
        yield NewEvent(*about, contracts.encode(event), correlation, cause, event.version)
        cause = id
