"""The outbox: an event is said if, and only if, its transaction commits."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from eventstore import outbox
from eventstore.contracts import PostDeleted
from eventstore.messaging import NotInTransaction
from eventstore.models import Event
from eventstore.outbox import relay_quietly
from posts import services as posts
from posts.models import Outbox, Post

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def say(post_id: UUID | None = None) -> UUID:
    """Says that a post was deleted; returns the post's id."""
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
        say()


def test_a_transaction_on_another_database_does_not_count() -> None:
    with transaction.atomic(using="comments"), pytest.raises(NotInTransaction):
        say()


def test_after_the_commit_the_event_is_stored_and_the_outbox_empty() -> None:
    with transaction.atomic(using="posts"):
        subject = say()
        assert stored() == []
    assert stored() == [subject]
    assert not Outbox.objects.exists()


def test_a_rollback_says_nothing(relays: list[str]) -> None:
    with rolled_back():
        posts.create_post("A title", "A body")
    assert (stored(), relays) == ([], [])
    assert not Outbox.objects.exists()
    assert not Post.objects.exists()


def test_one_relay_carries_a_whole_transaction_in_order(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        subjects = [say() for _ in range(3)]
        with transaction.atomic(using="posts"):
            subjects.append(say())
    assert stored() == subjects
    assert relays == ["posts.Outbox"]


def test_a_savepoint_rolled_back_says_nothing_the_rest_is_said(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        with rolled_back():
            say()
        after = say()
    assert stored() == [after]
    assert relays == ["posts.Outbox"]


def test_what_was_said_before_a_savepoint_rolled_back_stays_said(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        before = say()
        with rolled_back():
            say()
    assert stored() == [before]
    assert relays == ["posts.Outbox"]


def test_a_savepoint_inside_one_rolled_back_is_gone_with_it(relays: list[str]) -> None:
    with transaction.atomic(using="posts"):
        with rolled_back(), transaction.atomic(using="posts"):
            say()
        with transaction.atomic(using="posts"):
            inner = say()
        outer = say()
    assert stored() == [inner, outer]
    assert relays == ["posts.Outbox"]


def test_each_event_has_a_fresh_id_and_without_a_request_a_correlation_of_its_own() -> None:
    with transaction.atomic(using="posts"):
        say()
        say()
    one, two = Event.objects.all()
    assert one.id != two.id
    assert one.correlation_id != two.correlation_id
    assert (one.causation_id, one.type, one.source) == (None, "PostDeleted", "posts")


def test_services_say_nothing_when_nothing_changes() -> None:
    post = posts.create_post("A title", "A body")
    posts.update_post(post.id, title="A title")
    posts.create_post("Another", "Body", post_id=post.id)
    assert list(Event.objects.values_list("type", flat=True)) == ["PostCreated"]
