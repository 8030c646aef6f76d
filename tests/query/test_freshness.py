"""One's own writes are there to be read: a read waits, for a short time, for a position."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import Client

from comments import services as comments
from posts.models import Post
from query import freshness
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

READS = ["/api/query/posts/", "/api/query/posts/{}/", "/api/query/posts/{}/comments/"]


def between_looks(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> list[float]:
    """Do this while a read waits; the list holds how long it meant to."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        act()

    monkeypatch.setattr("query.freshness.time.sleep", sleep)
    return pauses


@pytest.mark.parametrize("address", READS)
def test_a_read_waits_for_what_was_written(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    written = send(client, "POST", f"/api/posts/{post.id}/comments/", {"content": "Mine"})
    position = written.headers["X-Event-Position"]
    pauses = between_looks(monkeypatch, settle)

    response = client.get(f"{address.format(post.id)}?min_position={position}")

    assert response.status_code == 200
    assert "Mine" in response.text
    assert len(pauses) == 1


def test_what_is_there_is_not_waited_for(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = between_looks(monkeypatch, lambda: pytest.fail("nobody had to wait"))

    for position in ("0", "1", ""):
        assert client.get(f"/api/query/posts/?min_position={position}").status_code == 200
    assert pauses == []


def test_an_event_that_the_read_model_ignores_is_not_waited_for(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision is comments' to understand: query is not woken for it, and lacks nothing."""
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    address = f"/api/moderation/reviews/{comment.id}/approve/"
    again = send(browser_of("superuser"), "POST", address, {})
    pauses = between_looks(monkeypatch, lambda: None)

    position = again.headers["X-Event-Position"]
    assert Client().get(f"/api/query/posts/?min_position={position}").status_code == 200
    assert len(pauses) == 1


@pytest.mark.parametrize("address", READS)
@pytest.mark.parametrize("position", [2, 10**18])
def test_a_read_that_waits_in_vain_is_503(
    client: Client, post: Post, settings: LazySettings, address: str, position: int
) -> None:
    settings.POSITION_WAIT = 0.02
    response = client.get(f"{address.format(post.id)}?min_position={position}")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert list(response.json()) == ["detail"]


def test_too_many_do_not_wait(
    client: Client, post: Post, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 60
    rooms = freshness._waiting._value
    for _ in range(rooms):
        assert freshness._waiting.acquire(blocking=False)
    try:
        assert client.get("/api/query/posts/?min_position=2").status_code == 503
        assert client.get("/api/query/posts/?min_position=1").status_code == 200
    finally:
        for _ in range(rooms):
            freshness._waiting.release()


def test_a_page_that_waits_is_shown_though_the_event_store_is_down(
    client: Client, post: Post, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 0.02

    def down() -> int:
        raise OperationalError

    monkeypatch.setattr("eventstore.store.head_position", down)

    shown = client.get("/?min_position=2")
    assert shown.status_code == 200
    assert post.title in shown.text
    assert client.get("/api/query/posts/?min_position=2").status_code == 503
