"""The lab's databases are filled in bulk: with the outcome of a blog that was really written."""

from collections import defaultdict
from typing import Any

import pytest
from django.db.models import Model

from comments import services as comments
from comments.models import Comment, KnownPost
from comparison.loading import load_services
from eventstore.consumer import consumers
from eventstore.models import Event
from eventstore.store import head_position
from lab.data import PostData, blog
from moderation import services as moderation
from moderation.models import Review
from posts import services as posts
from posts.models import Post
from query.models import CommentView, PostView
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

TABLES: tuple[type[Model], ...] = (Post, Comment, KnownPost, PostView, CommentView)
BLOG = blog(12, seed=3)


def test_the_blog_has_what_makes_a_difference() -> None:
    found = [comment for post in BLOG for comment in post.comments]
    assert {comment.status for comment in found} == {"approved", "pending", "rejected"}
    assert any(not post.comments for post in BLOG)


def test_filled_in_bulk_or_written_it_is_the_same_blog() -> None:
    write(BLOG)
    written = everything()
    checkpoints = [each.checkpoint for each in consumers().values()]
    models: list[type[Model]] = [*TABLES, Review, Event, *checkpoints]
    for model in models:
        model._default_manager.all().delete()

    load_services(BLOG)

    assert everything() == written


def test_who_listens_has_nothing_left_to_do() -> None:
    load_services(BLOG)

    assert {each.position() for each in consumers().values()} == {head_position()}
    settle()
    assert Event.objects.count() == head_position()


def test_the_same_seed_makes_the_same_blog() -> None:
    assert blog(12, seed=3) == BLOG
    assert blog(12, seed=4) != BLOG


def write(data: list[PostData]) -> None:
    """Through the services; what people decided is brought along, as an import does."""
    for post in data:
        posts.create_post(
            post.title,
            post.body,
            author=post.author,
            post_id=post.id,
            created_at=post.created_at,
            slug=post.slug,
        )
        for each in post.comments:
            standing = (each.id, post.id, each.author, each.content, each.created_at, each.status)
            moderation.record_import(*standing)
            comments.create_comment(
                post.id,
                each.author,
                each.content,
                comment_id=each.id,
                created_at=each.created_at,
            )
    settle()


def everything() -> dict[str, Any]:
    """Every row, without what is random; of reviews how they stand; and the events about each post
    and comment."""
    found: dict[str, Any] = {}
    for model in TABLES:
        fields = [field.name for field in model._meta.fields if field.name != "revision"]
        found[model._meta.label] = sorted(model._default_manager.values_list(*fields))
    found["reviews"] = sorted(
        Review.objects.values_list("comment_id", "post_id", "author", "content", "status")
    )
    events = defaultdict(list)
    for event in Event.objects.all():
        # The reason of a decision is not the same.
        data = "" if event.type == "CommentModerated" else event.data
        events[event.subject].append((event.type, event.source, data))
    found["events"] = events
    return found
