"""Publishing: an event is appended if, and only if, its transaction commits."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, transaction
from django.test import Client

from comments.models import Comment
from eventstore import outbox, store
from eventstore.contracts import PostCreated, PostDeleted, decode
from eventstore.messaging import NotInTransaction
from eventstore.models import Event
from eventstore.outbox import relay_quietly
from posts import services as posts
from posts.models import Outbox, Post
from query.models import CommentView
from tests.calls import send
from tests.eventstore.events import all_workers_seen
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def publish(post_id: UUID | None = None) -> UUID:
    """Publish that a post was deleted; return the post's id."""
    event = PostDeleted(post_id=post_id or uuid4())
    Outbox.publish(event)
    return event.post_id


def stored() -> list[UUID]:
    return list(Event.objects.values_list("subject", flat=True))


@contextmanager
def rolled_back() -> Iterator[None]:
    with suppress(ZeroDivisionError), transaction.atomic(using="posts"):
        yield
        raise ZeroDivisionError


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The outboxes that were relayed after a commit, as often as they were."""
    seen: list[str] = []

    def spy(outbox: Any, **options: Any) -> None:
        seen.append(outbox._meta.label)
        relay_quietly(outbox, **options)

    monkeypatch.setattr(outbox, "relay_quietly", spy)
    return seen


def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransaction, match="posts"):
        publish()


def test_a_transaction_on_another_database_does_not_count() -> None:
    with transaction.atomic(using="comments"), pytest.raises(NotInTransaction):
        publish()


def test_after_the_commit_the_event_is_stored_and_the_outbox_empty() -> None:
    with transaction.atomic(using="posts"):
        subject = publish()
        assert stored() == []
    assert stored() == [subject]
    assert not Outbox.objects.exists()


def test_a_rollback_publishes_nothing(relays: list[str]) -> None:
    with rolled_back():
        posts.create_post("A title", "A body")
    assert (stored(), relays) == ([], [])
    assert not Outbox.objects.exists()
    assert not Post.objects.exists()


def test_one_relay_carries_a_whole_transaction_in_order(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        subjects = [publish() for _ in range(3)]
        with transaction.atomic(using="posts"):
            subjects.append(publish())
    assert stored() == subjects
    assert relays == ["posts.Outbox"]


def test_a_savepoint_rolled_back_publishes_nothing_the_rest_is_published(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        with rolled_back():
            publish()
        after = publish()
    assert stored() == [after]
    assert relays == ["posts.Outbox"]


def test_what_was_published_before_a_savepoint_rolled_back_is_published(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        before = publish()
        with rolled_back():
            publish()
    assert stored() == [before]
    assert relays == ["posts.Outbox"]


def test_a_savepoint_inside_one_rolled_back_is_gone_with_it(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        with rolled_back(), transaction.atomic(using="posts"):
            publish()
        with transaction.atomic(using="posts"):
            inner = publish()
        outer = publish()
    assert stored() == [inner, outer]
    assert relays == ["posts.Outbox"]


def test_each_event_has_a_fresh_id_and_without_a_request_a_correlation_of_its_own() -> None:
    with transaction.atomic(using="posts"):
        publish()
        publish()
    one, two = Event.objects.all()
    assert one.id != two.id
    assert one.correlation_id != two.correlation_id
    assert (one.causation_id, one.type, one.source) == (None, "PostDeleted", "posts")


def test_services_publish_nothing_when_nothing_changes() -> None:
    post = posts.create_post("A title", "A body")
    posts.update_post(post.id, title="A title")
    posts.create_post("Another", "Body", post_id=post.id)
    assert list(Event.objects.values_list("type", flat=True)) == ["PostCreated"]


# --- The relay: from the outbox to the store, whatever is down meanwhile


def titles() -> list[str]:
    """Of the posts in the log, in order."""
    events = (decode(event.type, event.data, event.version) for event in Event.objects.all())
    return [event.title for event in events if isinstance(event, PostCreated)]


def write_unrelayed(title: str, patch: pytest.MonkeyPatch) -> None:
    """As a process does that ends too early."""
    with patch.context() as brief:
        brief.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        posts.create_post(title, "Body")


def write(client: Client, post: Post) -> Any:
    return client.post(
        f"/api/posts/{post.id}/comments/",
        {"author": "Ann", "content": "A kind word"},
        content_type="application/json",
    )


@pytest.fixture
def store_down(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Until this is undone."""
    monkeypatch.setattr(store, "locked_head", _no_response)
    monkeypatch.setattr(store, "append_if_free", _no_response)
    return monkeypatch


def test_a_relay_carries_what_others_left(monkeypatch: pytest.MonkeyPatch) -> None:
    write_unrelayed("left", monkeypatch)
    assert titles() == []
    posts.create_post("mine", "Body")
    assert titles() == ["left", "mine"]
    assert not Outbox.objects.exists()


def test_a_relay_carries_what_a_neighbour_wrote_while_it_waited_for_the_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = store._lock_head

    def wait_for_lock() -> Any:
        write_unrelayed("neighbour's", monkeypatch)
        return lock()

    monkeypatch.setattr(store, "appends_if_free", lambda: False)
    monkeypatch.setattr(store, "_lock_head", wait_for_lock)
    posts.create_post("mine", "Body")
    assert titles() == ["mine", "neighbour's"]


def test_one_that_a_neighbour_carried_knows_its_position_all_the_same(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_late(model: Any, **options: Any) -> None:
        outbox.relay(model)  # a neighbour's
        relay_quietly(model, **options)

    monkeypatch.setattr(outbox, "relay_quietly", be_late)
    assert write(client, post).headers["X-Event-Position"] == "2"


def test_store_down_the_write_is_saved_and_the_next_relay_carries_it(
    client: Client, post: Post, store_down: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    response = write(client, post)
    assert response.status_code == 201
    assert "X-Event-Position" not in response.headers
    assert "comments.Outbox waits" in caplog.text
    assert Comment.objects.get(id=response.json()["id"]).status == "pending"
    store_down.undo()
    assert write(client, post).headers["X-Event-Position"] == "3"
    settle()
    assert CommentView.objects.filter(status="approved").count() == 2


def test_one_killed_before_it_emptied_the_outbox_leaves_no_double(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_note_positions", _no_response)
        patch.setattr(outbox, "_delete", _no_response)
        posts.create_post("once", "Body")
    assert Outbox.objects.count() == 1
    assert outbox.relay(Outbox) == 1
    assert outbox.relay(Outbox) == 0
    assert titles() == ["once"]


def test_a_long_outbox_goes_in_batches_and_a_request_does_not_wait_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "BATCH_EVENTS", 3)
    for n in range(8):
        write_unrelayed(str(n), monkeypatch)
    assert outbox.relay(Outbox, seconds=-1) == 3
    assert outbox.relay(Outbox) == 5
    assert titles() == list("01234567")


def _no_response(*_: Any, **__: Any) -> None:
    raise OperationalError("no response")


# --- A write that is saved gets a success response, whatever fails in publishing it


WRITTEN = {"title": "A title", "body": "A body"}


def break_down(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("an unforeseen error")


@pytest.mark.parametrize(
    "broken", ["eventstore.store.locked_head", "eventstore.models.Subscription.claim_idle"]
)
@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_what_is_saved_gets_its_response(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
    form: bool,
) -> None:
    with monkeypatch.context() as broken_down:
        broken_down.setattr(broken, break_down)
        broken_down.setattr(store, "appends_if_free", lambda: False)
        all_workers_seen()
        if form:
            response = client.post("/posts/", WRITTEN)
        else:
            response = send(client, "POST", "/api/posts/", WRITTEN)

    assert response.status_code == (302 if form else 201)
    assert "an unforeseen error" in caplog.text
    assert Post.objects.count() == 1
    settle()
    assert Event.objects.count() == 1
    assert not Outbox.objects.exists()
    assert "A title" in client.get("/").text
