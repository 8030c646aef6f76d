"""A consumer that cannot bear some titles, and a post that is stuck there."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings

from eventstore.consumer import Consumer
from eventstore.contracts import PostCreated, PostUpdated
from query.models import Checkpoint, ParkedEvent, PostView
from tests.eventstore.logs import NOON, own_consumer, post_created, said


@pytest.fixture
def poison() -> set[str]:
    """The titles that the handler cannot bear."""
    return set()


@pytest.fixture
def consumer(settings: LazySettings, poison: set[str]) -> Iterator[Consumer]:
    settings.RETRY_SCALE = 0
    with own_consumer(Checkpoint, ParkedEvent) as consumer:

        @consumer.handles(PostCreated, PostUpdated)
        def record(event: PostCreated | PostUpdated) -> PostView:
            if event.title in poison:
                raise ValueError(f"cannot bear {event.title}")
            return PostView(id=event.post_id, title=event.title, body="", created_at=NOON)

        yield consumer


def updated(post_id: UUID, title: str) -> PostUpdated:
    return PostUpdated(post_id=post_id, title=title, body="", created_at=NOON)


def titles() -> list[str]:
    return sorted(PostView.objects.values_list("title", flat=True))


def aside() -> list[tuple[int, str]]:
    return list(ParkedEvent.objects.values_list("position", "state"))


@pytest.fixture
def stuck(consumer: Consumer, poison: set[str]) -> UUID:
    """A post whose second event fails, with a third and fourth behind it, and another post."""
    poison.add("bad")
    post_id, other = uuid4(), uuid4()
    said(
        post_created("good", post_id),
        updated(post_id, "bad"),
        post_created("other", other),
        updated(post_id, "later"),
        updated(other, "other, later"),
    )
    assert consumer.catch_up() == (3, 5, False)
    said(updated(post_id, "last"))
    assert consumer.catch_up() == (0, 6, False)
    return post_id
