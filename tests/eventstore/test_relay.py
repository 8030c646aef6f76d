"""The relay: from the outbox to the store, whatever is down meanwhile."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from comments.models import Comment
from eventstore import outbox, store
from eventstore.contracts import PostCreated, decode
from eventstore.models import Event
from eventstore.outbox import relay_quietly
from posts import services as posts
from posts.models import Outbox, Post
from query.models import CommentView
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def titles() -> list[str]:
    """Of the posts in the log, in order."""
    events = (decode(event.type, event.data) for event in Event.objects.all())
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
    monkeypatch.setattr(store, "locked_head", _no_answer)
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
    answer = write(client, post)
    assert answer.status_code == 201
    assert "X-Event-Position" not in answer.headers
    assert "comments.Outbox waits" in caplog.text
    assert Comment.objects.get(id=answer.json()["id"]).status == "pending"
    store_down.undo()
    assert write(client, post).headers["X-Event-Position"] == "3"
    settle()
    assert CommentView.objects.filter(status="approved").count() == 2


def test_one_killed_before_it_emptied_the_outbox_leaves_no_double(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_note_positions", _no_answer)
        patch.setattr("django.db.models.query.QuerySet.delete", _no_answer)
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


def _no_answer(*_: Any, **__: Any) -> None:
    raise OperationalError("no answer")
