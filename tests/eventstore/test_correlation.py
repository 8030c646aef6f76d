"""What an event goes back to: the request, and the event that caused it."""

import uuid
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client

from comments.models import Checkpoint, Outbox, ParkedEvent
from eventstore import correlation
from eventstore.consumer import Consumer
from eventstore.contracts import CommentDeleted, PostCreated
from eventstore.models import Event
from posts import services as posts
from posts.models import Post
from tests.eventstore.logs import own_consumer, post_created, said
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def echo() -> Iterator[Consumer]:
    """It says two events for each post."""
    with own_consumer(Checkpoint, ParkedEvent) as consumer:

        @consumer.handles(PostCreated)
        def say(event: PostCreated) -> None:
            for _ in range(2):
                Outbox.publish(CommentDeleted(comment_id=uuid.uuid4(), post_id=event.post_id))

        yield consumer


def echoes() -> list[Event]:
    return list(Event.objects.filter(type="CommentDeleted"))


def test_what_a_handler_says_has_ids_derived_from_its_cause(echo: Consumer) -> None:
    [cause] = said(post_created())
    echo.catch_up()
    one, two = echoes()
    assert one.id == uuid.uuid5(cause, "own:0")
    assert two.id == uuid.uuid5(cause, "own:1")
    assert {event.causation_id for event in (one, two)} == {cause}
    assert {event.correlation_id for event in (one, two)} == {"a request"}


def test_an_event_handled_again_says_nothing_new(echo: Consumer) -> None:
    said(post_created(), post_created())
    echo.catch_up()
    before = echoes()
    Checkpoint.objects.filter(consumer="own").update(position=0)
    assert echo.catch_up().handled == 2
    assert echoes() == before
    assert not Outbox.objects.exists()


def test_what_is_tried_again_says_the_same_ids(
    echo: Consumer, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 0
    bad = post_created("bad")
    causes = said(post_created(), bad)
    say = echo.handlers["PostCreated"]

    def fail_on_the_second(event: PostCreated) -> None:
        say(event)
        if event.title == "bad":
            raise ValueError

    monkeypatch.setitem(echo.handlers, "PostCreated", fail_on_the_second)
    assert echo.catch_up().handled == 1
    assert [event.causation_id for event in echoes()] == [causes[0]] * 2
    monkeypatch.setitem(echo.handlers, "PostCreated", say)
    assert echo.retry(bad.post_id) == 1
    assert [event.id for event in echoes()] == [
        uuid.uuid5(cause, f"own:{n}") for cause in causes for n in (0, 1)
    ]


def test_a_request_goes_with_all_that_follows_from_it(client: Client, post: Post) -> None:
    answer = client.post(
        f"/api/posts/{post.id}/comments/",
        {"author": "Ann", "content": "A kind word"},
        content_type="application/json",
        headers={"X-Correlation-ID": "order-66"},
    )
    settle()
    created, moderated, updated = Event.objects.filter(position__gt=1)
    assert answer.headers["X-Correlation-ID"] == "order-66"
    assert answer.headers["X-Event-Position"] == str(created.position)
    assert [e.type for e in (created, moderated, updated)] == [
        "CommentCreated",
        "CommentModerated",
        "CommentUpdated",
    ]
    assert {e.correlation_id for e in (created, moderated, updated)} == {"order-66"}
    assert moderated.causation_id == created.id
    assert updated.causation_id == moderated.id


def test_the_scope_knows_the_last_position_of_what_it_said() -> None:
    with correlation.scope("c") as scope:
        with transaction.atomic(using="posts"):
            posts.create_post("One", "Body")
            posts.create_post("Two", "Body")
            assert scope.position is None
        assert scope.position == 2
    with correlation.scope("d") as another:
        assert another.position is None


def test_a_scope_that_ends_gives_way_to_the_one_around_it() -> None:
    with correlation.scope("outer") as outer:
        with pytest.raises(ZeroDivisionError), correlation.scope("inner"):
            raise ZeroDivisionError
        assert correlation.find() is outer
    assert correlation.find() is None
