"""A log that went back: consumers notice it, and handle what is new once."""

import logging
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError

from comments.models import Comment
from comments.services import create_comment
from eventstore import waypoints
from eventstore.consumer import Consumer, consumers
from eventstore.contracts import PostCreated, PostDeleted
from eventstore.models import Event, Head
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from eventstore.store import head_position
from posts.models import Post
from posts.services import create_post
from query.models import Checkpoint, ParkedEvent, PostView, Waypoint
from tests.eventstore.events import append, new_event, own_consumer, post_created, publish
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    with own_consumer(Checkpoint, ParkedEvent, Waypoint) as consumer:
        yield consumer


@pytest.fixture
def handled(consumer: Consumer) -> Counter[str]:
    """How often each title was handled."""
    counted: Counter[str] = Counter()
    consumer.handles(PostCreated)(lambda event: counted.update([event.title]))
    return counted


def publish_titles(*titles: str) -> list[UUID]:
    return publish(*(post_created(title) for title in titles))


def restore_to(position: int) -> None:
    """The event store as it was then, as after a backup was put back."""
    Event.objects.filter(position__gt=position).delete()
    Head.objects.update(position=position)


def once(handled: Counter[str], titles: str) -> bool:
    return handled == Counter(titles)


@pytest.mark.parametrize("new", ["x", "vwxyz", "tuvwxyz"], ids=["shorter", "same", "longer"])
def test_a_log_that_went_back_and_grew_again_is_noticed_and_what_is_new_is_handled_once(
    consumer: Consumer, handled: Counter[str], caplog: pytest.LogCaptureFixture, new: str
) -> None:
    for title in "abcdefgh":
        publish_titles(title)
        consumer.catch_up()
    restore_to(3)
    publish_titles(*new)
    assert consumer.lag().events == len(new)
    assert consumer.catch_up() == (len(new), 3 + len(new), False)
    assert once(handled, "abcdefgh" + new)
    [error] = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert "continues from position 3" in error
    publish_titles("0")
    assert consumer.catch_up() == (1, 4 + len(new), False)
    assert once(handled, "abcdefgh0" + new)


def test_what_was_handled_since_the_last_common_waypoint_is_not_handled_again(
    consumer: Consumer, handled: Counter[str]
) -> None:
    publish_titles(*"abcdefgh")
    consumer.catch_up()  # in one batch: one waypoint, at 8
    restore_to(5)
    publish_titles(*"xyz")
    assert consumer.catch_up() == (3, 8, False)
    assert once(handled, "abcdefghxyz")


def test_an_event_that_the_log_lost_and_gets_again_is_not_handled_again(
    consumer: Consumer, handled: Counter[str]
) -> None:
    publish_titles("a")
    lost = [new_event(data=Event.objects.get().data) for _ in range(2)]
    append(*lost)
    consumer.catch_up()
    assert handled["a"] == 3
    restore_to(1)
    publish_titles("x")
    consumer.catch_up()
    append(*lost)  # by a relay that died before it could delete them from its outbox
    publish_titles("y")
    assert consumer.catch_up() == (1, 5, False)
    assert handled == Counter(a=3, x=1, y=1)


def test_a_log_can_go_back_again_and_again(consumer: Consumer, handled: Counter[str]) -> None:
    publish_titles(*"abcd")
    consumer.catch_up()
    restore_to(2)
    publish_titles(*"efg")
    consumer.catch_up()
    restore_to(1)
    publish_titles(*"hijkl")
    consumer.catch_up()
    restore_to(4)
    consumer.catch_up()
    publish_titles("m")
    consumer.catch_up()
    assert once(handled, "abcdefghijklm")


def test_another_log_is_handled_from_its_beginning(
    consumer: Consumer, handled: Counter[str]
) -> None:
    publish_titles(*"abc")
    consumer.catch_up()
    restore_to(0)
    assert consumer.catch_up() == (0, 0, False)
    publish_titles(*"wxyz")
    assert consumer.catch_up() == (4, 4, False)
    assert once(handled, "abcwxyz")


def test_a_log_that_goes_back_amid_a_catch_up_is_noticed(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.CONSUMER_BATCH = 2
    counted: Counter[str] = Counter()

    @consumer.handles(PostCreated)
    def count(event: PostCreated) -> None:
        counted[event.title] += 1
        if event.title == "d":
            restore_to(1)
            publish_titles(*"vwxyz")

    publish_titles(*"abcdef")
    assert consumer.catch_up().position == 6
    assert once(counted, "abcdvwxyz")


def test_events_of_other_types_make_no_difference(
    consumer: Consumer, handled: Counter[str]
) -> None:
    publish_titles("a")
    publish(*(PostDeleted(post_id=UUID(int=n)) for n in range(4)))
    consumer.catch_up()
    assert consumer.position() == 5
    restore_to(3)
    publish(PostDeleted(post_id=UUID(int=9)), PostDeleted(post_id=UUID(int=9)))
    publish_titles("x")
    assert consumer.catch_up() == (1, 6, False)
    assert once(handled, "ax")


# --- What was parked


def test_what_was_parked_is_parked_anew_or_gone_and_what_a_person_discarded_stays_discarded(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 0
    counted: Counter[str] = Counter()

    @consumer.handles(PostCreated)
    def handle(event: PostCreated) -> None:
        if event.title.isupper():
            raise ValueError("cannot")
        counted[event.title] += 1

    for title in "aBCdEf":
        publish_titles(title)
        consumer.catch_up()
    consumer.discard(3, by="Eve", reason="no")
    restore_to(4)
    publish_titles("x")
    consumer.catch_up()
    assert list(ParkedEvent.objects.values_list("position", "state")) == [
        (2, State.PARKED),
        (3, State.DISCARDED),
    ]
    assert once(counted, "adfx")


# --- What is kept of the way


def test_waypoints_stay_bounded_and_one_far_back_is_found(
    consumer: Consumer, handled: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waypoints, "KEPT_EVENTS", 10)
    monkeypatch.setattr(waypoints, "PRUNE_EVERY", 4)
    titles = [str(n) for n in range(100)]
    for title in titles:
        publish_titles(title)
        consumer.catch_up()
    assert Waypoint.objects.count() <= 100 / 10 + 10 + 4 + 1
    assert Waypoint.objects.filter(handled=None).exists()
    restore_to(35)
    publish_titles("x")
    assert consumer.catch_up().position == 36
    again = [title for title, times in handled.items() if times > 1]
    assert set(again) <= set(titles[20:35])  # from a waypoint on, they take effect once more
    assert handled["x"] == 1


def test_what_the_log_lost_is_remembered_as_long_as_waypoints_are(
    consumer: Consumer, handled: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waypoints, "KEPT_EVENTS", 10)
    monkeypatch.setattr(waypoints, "PRUNE_EVERY", 1)
    publish_titles(*"abcd")
    consumer.catch_up()
    restore_to(2)
    publish_titles(*"xyz")
    consumer.catch_up()
    assert Checkpoint.objects.get(consumer="own").has_lost
    for title in range(20):
        publish_titles(str(title))
        consumer.catch_up()
    assert not Checkpoint.objects.get(consumer="own").has_lost
    assert not Waypoint.objects.filter(is_lost=True).exists()


def test_a_checkpoint_that_an_older_program_moved_is_taken_as_it_is(
    consumer: Consumer, handled: Counter[str], caplog: pytest.LogCaptureFixture
) -> None:
    publish_titles(*"abcd")
    Checkpoint.objects.create(consumer="own", position=2)  # by one that knows no waypoints
    assert consumer.catch_up() == (2, 4, False)
    publish_titles(*"ef")
    Checkpoint.objects.filter(consumer="own").update(position=5)  # it runs beside this one
    assert consumer.catch_up() == (1, 6, False)
    assert once(handled, "cdf")
    assert not [record for record in caplog.records if record.levelno == logging.ERROR]
    restore_to(5)
    publish_titles(*"xy")
    assert consumer.catch_up().position == 7
    assert handled["x"] == handled["y"] == handled["c"] == 1


def test_a_rebuilt_read_model_stands_on_the_log_that_it_was_built_from(post: Post) -> None:
    settle()
    create_post("Second", "A body")
    settle()
    query = consumers()["query"]
    Rebuild(query, 100, lambda events, position: None).switch()
    restore_to(head_position() - 1)
    create_post("Third", "A body")
    create_post("Fourth", "A body")
    settle()
    assert set(PostView.objects.values_list("title", flat=True)) >= {"Third", "Fourth"}
    assert not query.log_went_back()


# --- Every service at once


def test_services_whose_log_went_back_and_grew_past_them_go_on_and_the_terminal_shows_it(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = head_position()
    create_comment(post.id, "Ann", "Lost to the log")
    settle()
    come_to = head_position()
    restore_to(kept)
    for n in range(come_to - kept + 1):
        create_post(f"New {n}", "A body")
    assert head_position() > come_to
    with pytest.raises(CommandError, match="comments, moderation, query handled events that"):
        call_command("services")
    assert "where the log went back" in capsys.readouterr().out
    settle()
    comment = create_comment(post.id, "Ann", "New")
    settle()
    assert Comment.objects.get(id=comment.id).status == "approved"
    assert PostView.objects.filter(title__startswith="New").count() == come_to - kept + 1
    call_command("services")
