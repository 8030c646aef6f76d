"""A consumer catches up: each event takes effect once, together with the checkpoint."""

import uuid
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given

from comments import services as comments
from comments.models import Checkpoint as CommentsCheckpoint
from comments.models import Outbox
from comments.models import ParkedEvent as CommentsParkedEvent
from comments.models import Waypoint as CommentsWaypoint
from eventstore import consumer as registry
from eventstore import correlation, rows, store
from eventstore.consumer import Consumer, Delete, consumers
from eventstore.contracts import CommentDeleted, PostCreated, PostDeleted, PostUpdated
from eventstore.limits import RETRY_DELAYS_SECONDS
from eventstore.models import Event
from moderation.models import Waypoint as ModerationWaypoint
from posts import services as posts
from posts.models import Post
from query.models import Checkpoint, ParkedEvent, PostView, Waypoint
from tests.eventstore.events import NOON, append, new_event, own_consumer, post_created, publish
from tests.eventstore.test_contracts import nearly_an_event
from tests.fuzzing import examples
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    with own_consumer(Checkpoint, ParkedEvent, Waypoint) as consumer:
        yield consumer


def view(event: PostCreated | PostUpdated) -> PostView:
    return PostView(id=event.post_id, title=event.title, body=event.body, created_at=NOON)


def titles() -> list[str]:
    return sorted(PostView.objects.values_list("title", flat=True))


def test_all_that_is_stored_is_handled_in_order_and_once(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.CONSUMER_BATCH = 3
    heard: list[str] = []
    consumer.handles(PostCreated)(lambda event: heard.append(event.title))
    publish(*(post_created(str(n)) for n in range(8)))
    assert consumer.catch_up() == (8, 8, False)
    assert heard == list("01234567")
    assert consumer.catch_up() == (0, 8, False)
    publish(post_created("8"))
    assert consumer.catch_up() == (1, 9, False)
    assert heard == list("012345678")


def test_returned_rows_are_folded_and_the_last_of_each_key_wins(consumer: Consumer) -> None:
    consumer.handles(PostCreated, PostUpdated)(view)
    consumer.handles(PostDeleted)(lambda event: Delete(PostView, event.post_id))
    gone, changed, back = uuid4(), uuid4(), uuid4()
    publish(*(post_created("first", post_id) for post_id in (gone, changed, back)))
    consumer.catch_up()
    publish(
        PostDeleted(post_id=back),
        PostUpdated(post_id=changed, title="second", body="", created_at=NOON),
        PostDeleted(post_id=gone),
        PostUpdated(post_id=changed, title="third", body="", created_at=NOON),
        post_created("back", back),
    )
    with CaptureQueriesContext(connections["query"]) as queries:
        consumer.catch_up()
    assert titles() == ["back", "third"]
    writes = [q for q in queries if PostView._meta.db_table in q["sql"]]
    assert len(writes) == 2  # one statement deletes, one upserts


def test_a_handler_may_return_several_rows_of_several_kinds(consumer: Consumer) -> None:
    @consumer.handles(PostCreated)
    def twice(event: PostCreated) -> list[rows.Row]:
        return [view(event), PostView(id=uuid4(), title="copy", created_at=NOON)]

    publish(post_created("original"))
    consumer.catch_up()
    assert titles() == ["copy", "original"]


def test_rows_and_checkpoint_commit_together(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.handles(PostCreated)(view)
    publish(post_created("one"))
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", _fail)
        with pytest.raises(OperationalError):
            consumer.catch_up()
    assert (titles(), consumer.position()) == ([], 0)
    with monkeypatch.context() as patch:
        patch.setattr(rows, "upsert", _fail)
        with pytest.raises(OperationalError):
            consumer.catch_up()
    assert (titles(), consumer.position()) == ([], 0)
    assert consumer.catch_up() == (1, 1, False)
    assert titles() == ["one"]


@pytest.mark.parametrize("bad", range(7))
def test_a_batch_halves_around_an_event_that_fails_and_parks_it_alone(
    consumer: Consumer, settings: LazySettings, bad: int
) -> None:
    settings.RETRY_SCALE = 0
    tried: list[str] = []

    @consumer.handles(PostCreated)
    def careful(event: PostCreated) -> PostView:
        tried.append(event.title)
        if event.title == str(bad):
            raise ValueError("cannot")
        return view(event)

    publish(*(post_created(str(n)) for n in range(7)))
    assert consumer.catch_up() == (6, 7, False)
    assert titles() == [str(n) for n in range(7) if n != bad]
    [parked] = ParkedEvent.objects.all()
    assert parked.position == bad + 1
    assert tried.count(str(bad)) > parked.attempts == 1 + len(RETRY_DELAYS_SECONDS)


def test_where_nothing_matches_the_position_skips_to_the_head(consumer: Consumer) -> None:
    consumer.handles(PostDeleted)(lambda event: None)
    publish(*(post_created() for _ in range(5)), PostDeleted(post_id=uuid4()), post_created())
    assert consumer.catch_up() == (1, 7, False)
    with CaptureQueriesContext(connections["eventstore"]) as queries:
        assert consumer.catch_up() == (0, 7, False)
    assert len(queries) == 1  # it looked at the head and at its own place, not at the log


def test_what_is_appended_while_a_batch_is_read_is_not_skipped(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.handles(PostDeleted)(lambda event: None)
    append(new_event())
    real = store.read_from

    def read_from(*arguments: Any) -> Any:
        found = real(*arguments)
        if store.head_position() == 1:
            publish(PostDeleted(post_id=uuid4()))
        return found

    monkeypatch.setattr(store, "read_from", read_from)
    assert consumer.catch_up() == (1, 2, False)


def test_what_a_batch_has_no_time_for_is_not_read_again_and_again(
    consumer: Consumer, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_TIME = 0
    consumer.handles(PostCreated)(view)
    publish(*(post_created(str(n)) for n in range(5)))
    limits: list[int] = []
    real = store.read_from

    def read_from(position: int, types: Any, limit: int, upto: int | None) -> Any:
        limits.append(limit)
        return real(position, types, limit, upto)

    monkeypatch.setattr(store, "read_from", read_from)
    assert consumer.catch_up() == (5, 5, False)
    assert titles() == list("01234")
    assert (limits[0], max(limits[1:])) == (settings.CONSUMER_BATCH, 2)


def test_a_part_of_the_log_without_an_event_for_it_is_passed_over_part_by_part(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MIN_READ_POSITIONS", 2)
    read: list[int | None] = []
    real = store.read_from

    def read_from(position: int, types: Any, limit: int, upto: int | None) -> Any:
        read.append(upto)
        return real(position, types, limit, upto)

    monkeypatch.setattr(store, "read_from", read_from)
    consumer.handles(PostCreated)(view)
    others = [PostDeleted(post_id=uuid4()) for _ in range(10)]
    publish(*others, post_created("one"), *others[:5], post_created(""), post_created("two"))
    append(new_event(data="no JSON"))
    publish(*others[:4])
    assert consumer.catch_up(batch=1) == (3, 23, False)
    assert titles() == ["", "one", "two"]
    assert ParkedEvent.objects.get().position == 19
    assert read[:5] == [2, 4, 6, 8, 10]


def test_a_long_way_is_gone_in_slices(consumer: Consumer, settings: LazySettings) -> None:
    settings.CONSUMER_BATCH = 1
    consumer.handles(PostCreated)(view)
    publish(post_created("one"), post_created("two"))
    assert consumer.catch_up(seconds=-1) == (0, 0, True)
    assert consumer.catch_up() == (2, 2, False)


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_a_way_is_gone_as_far_as_it_shall_be(consumer: Consumer, batch: int | None) -> None:
    consumer.handles(PostCreated)(view)
    publish(*(post_created(str(n)) for n in range(5)), PostDeleted(post_id=uuid4()))
    for upto, progress in ((2, (2, 2)), (1, (0, 2)), (4, (2, 4)), (99, (1, 6))):
        assert consumer.catch_up(upto=upto, batch=batch) == (*progress, False)
    assert titles() == list("01234")


def _fail(*_: Any, **__: Any) -> None:
    raise OperationalError("no response")


# --- Correlation: the request and the event that caused an event


@pytest.fixture
def echo() -> Iterator[Consumer]:
    """It says two events for each post."""
    with own_consumer(CommentsCheckpoint, CommentsParkedEvent, CommentsWaypoint) as consumer:

        @consumer.handles(PostCreated)
        def say(event: PostCreated) -> None:
            for _ in range(2):
                Outbox.publish(CommentDeleted(comment_id=uuid.uuid4(), post_id=event.post_id))

        yield consumer


def echoes() -> list[Event]:
    return list(Event.objects.filter(type="CommentDeleted"))


def test_what_a_handler_publishes_has_ids_derived_from_its_cause(echo: Consumer) -> None:
    [cause] = publish(post_created())
    echo.catch_up()
    one, two = echoes()
    assert one.id == uuid.uuid5(cause, "own:0")
    assert two.id == uuid.uuid5(cause, "own:1")
    assert {event.causation_id for event in (one, two)} == {cause}
    assert {event.correlation_id for event in (one, two)} == {"a request"}


def test_an_event_handled_again_publishes_nothing_new(echo: Consumer) -> None:
    publish(post_created(), post_created())
    echo.catch_up()
    before = echoes()
    CommentsCheckpoint.objects.filter(consumer="own").update(position=0)
    assert echo.catch_up().handled == 2
    assert echoes() == before
    assert not Outbox.objects.exists()


def test_a_retry_publishes_the_same_ids(
    echo: Consumer, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 0
    bad = post_created("bad")
    causes = publish(post_created(), bad)
    say = echo.handlers["PostCreated"]

    def fail_on_the_second(event: PostCreated) -> None:
        say(event)
        if event.title == "bad":
            raise ValueError

    monkeypatch.setitem(echo.handlers, "PostCreated", fail_on_the_second)
    assert echo.catch_up().handled == 1
    assert [event.causation_id for event in echoes()] == [causes[0]] * 2
    monkeypatch.setitem(echo.handlers, "PostCreated", say)
    echo.retry(bad.post_id)
    assert echo.catch_up().handled == 1
    assert [event.id for event in echoes()] == [
        uuid.uuid5(cause, f"own:{n}") for cause in causes for n in (0, 1)
    ]


def test_a_request_goes_with_all_that_follows_from_it(client: Client, post: Post) -> None:
    response = client.post(
        f"/api/posts/{post.id}/comments/",
        {"author": "Ann", "content": "A kind word"},
        content_type="application/json",
        headers={"X-Correlation-ID": "order-66"},
    )
    settle()
    created, moderated, updated = Event.objects.filter(position__gt=1)
    assert response.headers["X-Correlation-ID"] == "order-66"
    assert response.headers["X-Event-Position"] == str(created.position)
    assert [e.type for e in (created, moderated, updated)] == [
        "CommentCreated",
        "CommentModerated",
        "CommentUpdated",
    ]
    assert {e.correlation_id for e in (created, moderated, updated)} == {"order-66"}
    assert moderated.causation_id == created.id
    assert updated.causation_id == moderated.id


def test_the_scope_knows_the_last_position_of_what_it_published() -> None:
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


# --- What it published itself, and other events that it does not subscribe to


def commented() -> Consumer:
    """Moderation, which has handled a comment and published its decision, at 3."""
    posts.create_post("One", "Body")
    comments.create_comment(Post.objects.get().id, "Ann", "A word")
    moderation = consumers()["moderation"]
    moderation.catch_up()
    return moderation


def test_what_it_published_costs_no_transaction_of_its_own() -> None:
    moderation = commented()
    assert (moderation.position(), store.head_position()) == (2, 3)
    assert ModerationWaypoint.objects.count() == 1
    assert moderation.lag().events == 0
    assert moderation.has_come_to(3)
    assert moderation.catch_up() == (0, 3, False)  # as a sweep does


def test_the_next_event_moves_its_position_past_it() -> None:
    moderation = commented()
    comments.create_comment(Post.objects.get().id, "Ann", "Another word")
    assert moderation.catch_up() == (1, 4, False)
    assert store.head_position() == 5


def test_many_such_events_are_come_past_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_PASSED_OVER", 0)
    assert commented().position() == 3


def test_what_comes_amid_a_batch_is_not_passed_over(consumer: Consumer) -> None:
    def another(event: PostCreated) -> None:
        if event.title == "first":
            publish(PostDeleted(post_id=uuid4()), post_created("second"))
        posts_seen.append(event.title)

    posts_seen: list[str] = []
    consumer.handles(PostCreated)(another)
    publish(post_created("first"))
    assert consumer.catch_up() == (2, 3, False)
    assert posts_seen == ["first", "second"]


# --- Unreadable events: consumers get past them, and people see them


POST = '{"post_id":"6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d","body":"",'
BAD = {
    "no JSON": "no JSON",
    "no object": "[1]",
    "nested too deeply": '{"post_id":' + "[" * 5_000,
    "a time without a zone": POST + '"title":"","created_at":"2026-05-01T12:00:00"}',
    "a time that no clock shows": POST + '"title":"","created_at":"9999-12-31T23:59:59-23:59"}',
    "a time before time": POST + '"title":"","created_at":"0001-01-01T00:00:00+23:59"}',
    "a NUL": POST + '"title":"\\u0000","created_at":"2026-05-01T12:00:00Z"}',
    "a long title": POST + f'"title":"{"x" * 300}","created_at":"2026-05-01T12:00:00Z"}}',
}


@pytest.fixture(autouse=True)
def _no_pauses(settings: LazySettings) -> None:
    settings.RETRY_SCALE = 0


def catch_up() -> None:
    for consumer in consumers().values():
        consumer.catch_up()
        assert consumer.has_come_to(store.head_position())


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_unreadable_data_stops_no_consumer_and_is_shown(client: Client, data: str) -> None:
    about = uuid4()
    append(new_event("PostCreated", subject=about, data=data))
    posts.create_post("The next one", "A body")
    catch_up()

    assert PostView.objects.filter(title="The next one").exists()
    assert client.get(f"/api/posts/{about}/comments/").status_code in (200, 404)
    events = browser_of("staff").get("/api/events/").json()["results"]
    assert [event["position"] for event in events] == [1, 2]
    assert browser_of("superuser").get("/admin/eventstore/event/1/change/").status_code == 200


@examples(20)
@given(nearly_an_event())
def test_whatever_it_is(event: tuple[str, str]) -> None:
    type_, data = event
    try:
        data.encode()
    except UnicodeEncodeError:
        return  # no database stores it
    append(new_event(type_[:64] or "?", data=data.replace("\0", "")))
    catch_up()


def test_data_that_fits_no_contract_comes_as_its_text() -> None:
    for data in ('{"a": 1}', '{"a": [1]}', "[" * 5_000):
        append(new_event(data=data))
    shown: Any = browser_of("staff").get("/api/events/").json()["results"]
    assert [event["data"] for event in shown] == [{"a": 1}, '{"a": [1]}', "[" * 5_000]
    assert Event.objects.count() == 3


def test_an_improper_post_uuid_stops_no_consumer() -> None:
    """MariaDB refuses such a UUID, also as the key of what is parked."""
    about = '{"post_id": "90143ae8-6428-95b5-2389-c495d0bbe6ff", "title": 1}'
    append(new_event("PostCreated", data=about))
    catch_up()
    assert {row.state for row in ParkedEvent.objects.all()} == {"parked"}
