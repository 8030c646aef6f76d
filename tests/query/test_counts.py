"""The numbers of a post's comments by status are kept as the comments are recorded: at every moment
they are what counting would find."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from comments import services as comments
from eventstore import contracts, rows, tallies
from eventstore.consumer import Delete, consumers
from eventstore.rebuild import CHUNK, Rebuild
from eventstore.rows import Fold
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query import handlers
from query.models import Checkpoint, CommentCounts, CommentView, PostView, consumer
from tests.eventstore.events import NOON
from tests.fuzzing import examples
from tests.histories import park_a_post, settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
STATUSES = ("approved", "pending", "rejected")
Numbers = dict[UUID, tuple[int, ...]]


def kept() -> Numbers:
    return {row.post_id: tuple(getattr(row, each) for each in STATUSES) for row in all_kept()}


def all_kept() -> list[Any]:
    return list(CommentCounts.objects.all())


def counted() -> Numbers:
    found = Counter(CommentView.objects.values_list("post_id", "status"))
    return {post: tuple(found[post, each] for each in STATUSES) for post, _ in found}


def drift() -> dict[str, list[str]]:
    compared = Rebuild(consumer, CHUNK, lambda events, position: None).compare().drift
    return {table: keys for table, keys in (compared or {}).items() if keys}


def test_they_follow_what_becomes_of_the_comments(post: Post) -> None:
    other = posts.create_post("Another", "A body")
    first = comments.create_comment(post.id, "Ann", "kind")
    second = comments.create_comment(post.id, "Ann", "an orange one")
    comments.create_comment(other.id, "Ann", "kind")
    settle()
    assert kept() == counted() == {post.id: (1, 0, 1), other.id: (1, 0, 0)}

    moderation.decide(first.id, "rejected", decided_by="Mo", reason="")
    settle()
    assert kept() == counted() == {post.id: (0, 0, 2), other.id: (1, 0, 0)}

    comments.update_comment(second.id, content="No fruit")
    comments.delete_comment(first.id)
    posts.delete_post(other.id)
    settle()
    assert kept() == counted() == {post.id: (0, 0, 1)}

    comments.delete_comment(second.id)
    settle()
    assert not CommentCounts.objects.exists()
    assert drift() == {}


def test_a_comment_that_is_there_before_its_post_counts() -> None:
    post = uuid4()
    write(state(uuid4(), post, "approved"))
    assert kept() == {post: (1, 0, 0)}

    write(PostView(id=post, title="A", body="B", created_at=NOON))
    found = PostView.objects.select_related("counts").get()
    assert found.counts.approved == 1

    write(Delete(PostView, post))
    assert kept() == counted() == {post: (1, 0, 0)}


def test_what_is_retried_counts_once(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = park_a_post(settings, monkeypatch)
    comments.create_comment(post.id, "Ann", "kind")
    settle()
    assert kept() == {}

    consumer.retry(post.id)
    settle()
    assert kept() == counted() == {post.id: (1, 0, 0)}


def test_a_rebuild_counts_and_a_comparison_finds_what_differs(post: Post) -> None:
    comments.create_comment(post.id, "Ann", "kind")
    settle()
    CommentCounts.objects.update(approved=7)
    assert drift() == {CommentCounts._meta.db_table: [shown(post.id)]}

    Rebuild(consumer, CHUNK, lambda events, position: None).switch()
    assert kept() == {post.id: (1, 0, 0)}
    assert drift() == {}

    comments.create_comment(post.id, "Ann", "kind")
    settle()
    assert kept() == counted() == {post.id: (2, 0, 0)}


def test_what_an_earlier_version_writes_during_an_upgrade_is_counted_afterwards(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = comments.create_comment(post.id, "Ann", "kind")
    settle()
    with monkeypatch.context() as earlier:
        earlier.setattr(tallies, "_registry", {})
        earlier.setattr(tallies, "hold", lambda *numbers: None)
        comments.create_comment(post.id, "Ann", "kind")
        comments.delete_comment(first.id)
        settle()
        comments.create_comment(post.id, "Ann", "kind")
        settle()
    assert kept() != counted()

    posts.update_post(post.id, title="Another")
    settle()
    assert kept() == counted() == {post.id: (2, 0, 0)}


def test_a_batch_takes_few_statements_and_counts_nothing(post: Post) -> None:
    for _ in range(20):
        comments.create_comment(post.id, "Ann", "kind")
    settle()
    for _ in range(20):
        comments.create_comment(post.id, "Ann", "kind")
    for each in ("comments", "moderation"):
        consumers()[each].catch_up()
    with CaptureQueriesContext(connections["query"]) as queries:
        consumer.catch_up()
    about = [each["sql"] for each in queries if "comment" in each["sql"]]
    assert len(about) <= 5
    assert not any("COUNT" in sql or "SUM" in sql for sql in about)
    assert kept() == counted()


@examples(60)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_they_are_what_counting_finds_after_any_batches(random: Random, batches: int) -> None:
    for model in (CommentView, CommentCounts, PostView):
        model._default_manager.all().delete()
    ids, of = [uuid4() for _ in range(6)], [uuid4() for _ in range(3)]
    for _ in range(batches):
        fold = Fold()
        for _ in range(random.randrange(1, 12)):
            comment, post = random.choice(ids), random.choice(of)
            if random.random() < 0.3:
                fold.add(Delete(CommentView, comment))
            else:
                fold.add(state(comment, post, random.choice((*STATUSES, "unheard"))))
        fold.write(consumer.alias)
        assert kept() == {post: numbers for post, numbers in counted().items() if any(numbers)}


def test_the_migration_counts_what_is_there(post: Post) -> None:
    comments.create_comment(post.id, "Ann", "kind")
    comments.create_comment(post.id, "Ann", "an orange one")
    settle()
    CommentCounts.objects.all().delete()

    from importlib import import_module

    migration: Any = import_module("query.migrations.0010_comment_counts")
    with connections["query"].schema_editor() as editor:
        migration.count_comments(apps, editor)

    assert kept() == {post.id: (1, 0, 1)}
    assert Checkpoint.objects.get().tallied > 0


def shown(key: UUID) -> str:
    """As a comparison reports it."""
    return str(CommentCounts._meta.pk.get_db_prep_value(key, connections["query"]))


def write(*returned: rows.Row) -> None:
    fold = Fold()
    fold.add(returned)
    fold.write(consumer.alias)


def state(comment: UUID, post: UUID, status: str) -> rows.Upsert:
    return handlers.record_comment(
        contracts.CommentCreated(
            comment_id=comment,
            post_id=post,
            author="Ann",
            content="kind",
            status=status,
            created_at=NOON,
        )
    )
