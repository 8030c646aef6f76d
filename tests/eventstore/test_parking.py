"""An event that cannot be handled is set aside; what belongs to it waits, the rest goes on."""

from typing import Any
from uuid import UUID

import pytest

from eventstore.consumer import Consumer, NotParked
from eventstore.contracts import PostCreated
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from query.models import ParkedEvent
from tests.eventstore.logs import append, new_event, post_created, said
from tests.eventstore.stuck import aside, titles, updated
from tests.eventstore.stuck import consumer as consumer
from tests.eventstore.stuck import poison as poison
from tests.eventstore.stuck import stuck as stuck

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_the_rest_goes_on_and_what_belongs_to_it_waits(stuck: UUID) -> None:
    assert titles() == ["good", "other, later"]
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    parked = ParkedEvent.objects.get(state=State.PARKED)
    assert parked.key == stuck
    assert parked.error == "ValueError: cannot bear bad"
    assert "in record" in parked.traceback
    assert parked.attempts == 5


def test_a_retry_after_the_fix_handles_it_and_what_waits_in_order(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    poison.clear()
    assert consumer.retry(stuck) == 3
    assert titles() == ["last", "other, later"]
    assert aside() == []
    said(updated(stuck, "as ever"))
    assert consumer.catch_up() == (1, 7, False)


def test_a_retry_that_fails_keeps_everything_and_the_order(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    assert consumer.retry(stuck) == 0
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    assert ParkedEvent.objects.get(position=2).attempts == 6
    poison.clear()
    poison.add("later")
    assert consumer.retry(stuck) == 1
    assert aside() == [(4, "parked"), (6, "waiting")]
    assert titles() == ["bad", "other, later"]


def test_a_person_discards_it_with_a_reason_and_what_waits_follows(
    stuck: UUID, consumer: Consumer
) -> None:
    assert consumer.discard(2, by="mo", reason="a typo of the importer's") == 2
    assert titles() == ["last", "other, later"]
    kept = ParkedEvent.objects.get()
    assert (kept.position, kept.state) == (2, State.DISCARDED)
    assert (kept.discarded_by, kept.reason) == ("mo", "a typo of the importer's")
    with pytest.raises(NotParked):
        consumer.discard(2, by="mo", reason="again")


def test_only_the_oldest_can_be_discarded(stuck: UUID, consumer: Consumer) -> None:
    with pytest.raises(NotParked):
        consumer.discard(4, by="mo", reason="it only waits")


@pytest.mark.parametrize(
    "unreadable",
    [
        new_event("NobodyKnows"),
        new_event("PostCreated", data="no JSON"),
        new_event("PostCreated", data='{"post_id": "1"}'),
        new_event("PostCreated", data="{}"),
    ],
    ids=["unknown type", "no JSON", "wrong types", "nothing in it"],
)
def test_an_event_that_nobody_can_read_is_parked_too(consumer: Consumer, unreadable: Any) -> None:
    said(post_created("before"))
    append(unreadable)
    said(post_created("after"))
    assert consumer.catch_up() == (2, 3, False)
    assert titles() == ["after", "before"]
    [parked] = ParkedEvent.objects.all()
    assert (parked.position, parked.key) == (2, unreadable.subject)
    assert parked.error.startswith("BadEvent: ")


def test_a_rebuild_tries_everything_again_but_what_was_discarded(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    again = Rebuild(consumer, 2, lambda events, at: None).switch()
    assert again.parked == 3
    assert titles() == ["good", "other, later"]
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    consumer.discard(2, by="mo", reason="never mind")
    poison.clear()
    Rebuild(consumer, 2, lambda events, at: None).switch()
    assert titles() == ["last", "other, later"]
    assert aside() == [(2, "discarded")]


def test_an_error_that_passes_parks_nothing(consumer: Consumer, poison: set[str]) -> None:
    """A few tries come first."""
    poison.add("shaky")
    tries = 0

    @consumer.handles(PostCreated)
    def shaky(event: PostCreated) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise TimeoutError

    said(post_created("shaky"))
    assert consumer.catch_up() == (1, 1, False)
    assert aside() == []
