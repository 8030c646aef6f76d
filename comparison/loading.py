"""Fills every schema with the same blog: the monolith's tables, the services' tables, the event
store, and from its events the read model.

In bulk, because thousands of posts would otherwise take minutes; a test holds the outcome against
a blog that was written comment by comment through the services.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.apps import apps
from django.db.models import Model

from comments.models import Comment as ServiceComment
from comments.models import KnownPost
from comparison.chunks import CHUNK, chunks
from comparison.models import Rule as MonolithRule
from comparison.rows import decision_columns, fill_monolith, post_columns
from comparison.said import said
from eventstore import store
from eventstore.consumer import consumers
from eventstore.models import Event, Head, Subscription
from eventstore.rebuild import Rebuild
from lab.data import CommentData, PostData
from moderation.models import Review, Rule
from posts.models import Post as ServicePost
from query.models import consumer

EMPTIED = ("posts", "comments", "moderation", "query", "comparison")


def load(blog: Sequence[PostData]) -> None:
    """Replaces all that the databases hold by ``blog``."""
    empty()
    for some in chunks(blog):
        fill_monolith(some)
    load_services(blog)


def load_services(blog: Sequence[PostData]) -> None:
    """Into empty databases: what they hold when the blog was written, and all has settled."""
    for some in chunks(blog):
        fill_services(some)
    for events in chunks(said(blog)):
        append(events)
    # Who listens has handled all of it, and query's rows are made of it.
    for each in consumers().values():
        each.checkpoint._default_manager.update_or_create(
            consumer=each.name, defaults={"position": store.head_position()}
        )
    Rebuild(consumer, CHUNK, lambda events, position: None).switch()


def empty() -> None:
    """Every row of posts and comments, and all that was said of them."""
    models: list[type[Model]] = [Event, Head, Subscription]
    for app in EMPTIED:
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


def append(events: Sequence[store.NewEvent]) -> None:
    store.append(events)


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
