"""A read model is rebuilt from the events while its readers continue."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from comments import services as comments
from comments.models import consumer as publishing
from eventstore.rebuild import NotAProjection, Rebuild
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query.models import CommentCounts, CommentView, PostView, consumer
from tests.fuzzing import examples
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


Rows = list[dict[str, Any]]


def read_model() -> list[Rows]:
    """All rows of each table of the read model, in an order of their own."""
    tables: list[type[Model]] = [PostView, CommentView, CommentCounts]
    return [[*model._default_manager.order_by("pk").values()] for model in tables]


def rebuild(chunk: int = 3, progress: Callable[[int, int], None] = lambda events, at: None) -> Any:
    return Rebuild(consumer, chunk, progress)


def a_history() -> None:
    first = posts.create_post("First", "text", author="Ann")
    second = posts.create_post("Second", "text")
    kind = comments.create_comment(first.id, "Bob", "kind")
    comments.create_comment(first.id, "Bob", "an orange one")
    comments.create_comment(second.id, "Eve", "soon gone")
    settle()
    posts.update_post(first.id, title="First, again")
    moderation.decide(kind.id, "rejected", decided_by="mo", reason="no")
    posts.delete_post(second.id)
    settle()


def test_a_fresh_read_model_is_the_live_one() -> None:
    a_history()
    live = read_model()
    done = rebuild().switch()
    assert read_model() == live
    assert done.rows == sum(map(len, live)) == 1 + 2 + 1
    assert done.position == consumer.position()


def test_a_wiped_read_model_comes_back() -> None:
    a_history()
    live = read_model()
    for model in (PostView, CommentView, consumer.checkpoint):
        model._default_manager.all().delete()
    rebuild().switch()
    assert read_model() == live
    assert consumer.catch_up().handled == 0


def test_a_broken_read_model_is_mended() -> None:
    a_history()
    live = read_model()
    CommentView.objects.update(content="no event has this")
    PostView.objects.all().delete()
    assert {table: len(keys) for table, keys in rebuild().compare().drift.items()} == {
        "query_postview": 1,
        "query_commentview": 2,
        "query_commentcounts": 0,
    }
    rebuild().switch()
    assert read_model() == live
    assert not any(rebuild().compare().drift.values())


def test_readers_see_the_old_one_until_the_switch_and_new_events_are_in_it() -> None:
    a_history()
    PostView.objects.update(title="old")
    seen: list[list[str]] = []

    def meanwhile(events: int, at: int) -> None:
        seen.append(list(PostView.objects.values_list("title", flat=True)))
        if len(seen) == 1:
            posts.create_post("Written meanwhile", "text")
            consumer.catch_up()

    rebuild(progress=meanwhile).switch()
    before_the_switch, live_meanwhile = ["old"], ["Written meanwhile", "old"]
    assert seen[0] == before_the_switch
    assert seen[1] == live_meanwhile
    titles = set(PostView.objects.values_list("title", flat=True))
    assert titles == {"First, again", "Written meanwhile"}


def test_a_rebuild_that_fails_changes_nothing() -> None:
    a_history()
    live, position = read_model(), consumer.position()

    def stop(events: int, at: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(progress=stop).switch()
    assert (read_model(), consumer.position()) == (live, position)
    rebuild().switch()
    assert read_model() == live


def test_up_to_a_position() -> None:
    posts.create_post("First", "text")
    posts.create_post("Second", "text")
    settle()
    rebuild().switch(until=1)
    assert [post.title for post in PostView.objects.all()] == ["First"]
    assert consumer.position() == 1
    settle()
    assert PostView.objects.count() == 2


def test_a_consumer_that_publishes_is_refused() -> None:
    with pytest.raises(NotAProjection, match="would publish them all again"):
        Rebuild(publishing, 10, lambda events, at: None)


@examples(25)
@given(
    steps=st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=12),
    chunk=st.integers(1, 5),
)
def test_whatever_order_and_chunks(steps: list[tuple[int, bool]], chunk: int) -> None:
    """The last row of a key wins, whether its rows meet in one chunk or not."""
    ids = [posts.create_post(str(n), "text").id for n in range(3)]
    for number, (which, gone) in enumerate(steps):
        try:
            if gone:
                posts.delete_post(ids[which])
            else:
                posts.update_post(ids[which], title=f"step {number}")
        except posts.PostNotFound:
            ids[which] = posts.create_post(f"again {number}", "text", post_id=ids[which]).id
    settle()
    assert not any(rebuild(chunk).compare().drift.values())
    rebuild(chunk).switch()
    assert {post.id for post in PostView.objects.all()} == {post.id for post in Post.objects.all()}


def test_handlers_of_a_projection_are_pure(django_db_blocker: Any) -> None:
    """They return rows and read nothing: each works without a database."""
    a_history()
    events = consumer.events_about(PostView.objects.get().id)
    with django_db_blocker.block():
        rows: list[Any] = [consumer.handlers[type(event).__name__](event) for event in events]
    assert [row.model for row in rows] == [PostView, PostView]
