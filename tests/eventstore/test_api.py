"""The event store over HTTP: the log, as CloudEvents, for staff."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from comments import services as comments
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from tests.calls import every_page, send
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


ATTRIBUTES = {"position", "id", "source", "type", "subject", "time", "data"}
EXTENSIONS = {"correlationid", "causationid", "dataversion", "traceparent", "tracestate"}
POST_STATE = {"post_id", "title", "slug", "body", "author", "created_at", "former_path"}
COMMENT_STATE = {"comment_id", "post_id", "author", "content", "status", "created_at"}
DECISION = {"comment_id", "post_id", "status", "reason", "decided_by"}


@pytest.fixture
def staff(transactional_db: None) -> Client:
    return browser_of("staff")


def read_log(staff: Client, query: str = "") -> list[dict[str, Any]]:
    return [event for page in every_page(staff, f"/api/events/?{query}") for event in page]


def create_post(post: Post, comment_id: UUID) -> None:
    posts.create_post("New", "A body")


def update_post(post: Post, comment_id: UUID) -> None:
    posts.update_post(post.id, body="Better")


def delete_post(post: Post, comment_id: UUID) -> None:
    posts.delete_post(post.id)


def create_comment(post: Post, comment_id: UUID) -> None:
    comments.create_comment(post.id, "Bob", "Another")


def update_comment(post: Post, comment_id: UUID) -> None:
    comments.update_comment(comment_id, content="Better")


def delete_comment(post: Post, comment_id: UUID) -> None:
    comments.delete_comment(comment_id)


def reject(post: Post, comment_id: UUID) -> None:
    moderation.decide(comment_id, "rejected", decided_by="Mo", reason="Rude")


HISTORIES: dict[Callable[[Post, UUID], None], tuple[str, str, set[str]]] = {
    create_post: ("PostCreated", "posts", POST_STATE),
    update_post: ("PostUpdated", "posts", POST_STATE),
    delete_post: ("PostDeleted", "posts", {"post_id"}),
    create_comment: ("CommentCreated", "comments", COMMENT_STATE),
    update_comment: ("CommentUpdated", "comments", COMMENT_STATE),
    delete_comment: ("CommentDeleted", "comments", {"comment_id", "post_id"}),
    reject: ("CommentModerated", "moderation", DECISION),
}


@pytest.mark.parametrize("happens", HISTORIES, ids=lambda happens: str(happens.__name__))
def test_what_happens_is_published(
    staff: Client, post: Post, happens: Callable[[Post, UUID], None]
) -> None:
    comment_id = comments.create_comment(post.id, "Ann", "A kind word").id
    settle()
    before = len(read_log(staff))

    happens(post, comment_id)

    event = read_log(staff, f"after={before}")[0]
    assert event.keys() == ATTRIBUTES | EXTENSIONS
    kind, source, attributes = HISTORIES[happens]
    assert (event["type"], event["source"], event["position"]) == (kind, source, before + 1)
    assert event["data"].keys() == attributes
    about = "post_id" if source == "posts" else "comment_id"
    assert event["subject"] == event["data"][about]
    assert UUID(event["id"])
    assert event["dataversion"] == 1
    assert parse_datetime(event["time"])
    assert event["causationid"] is None


def test_an_event_carries_the_full_state(staff: Client, post: Post) -> None:
    written = {"author": "Ann", "content": "A kind word"}
    response = send(staff, "POST", f"/api/posts/{post.id}/comments/", written).json()
    settle()

    created, moderated, updated = read_log(staff, "after=1")
    absent = {"id", "parent_id", "reason"}  # the last two: while it has none
    state = {name: value for name, value in response.items() if name not in absent}
    state["comment_id"] = response["id"]
    assert created["data"] == state
    assert updated["data"] == state | {"status": "approved"}
    assert moderated["data"]["status"] == "approved"
    assert [moderated["causationid"], updated["causationid"]] == [created["id"], moderated["id"]]
    assert len({event["correlationid"] for event in (created, moderated, updated)}) == 1


def test_the_log_is_read_in_order_from_any_place(staff: Client, post: Post) -> None:
    for _ in range(5):
        comments.create_comment(post.id, "Ann", "A kind word")
    settle()

    assert [event["position"] for event in read_log(staff)] == list(range(1, 17))
    assert [event["position"] for event in read_log(staff, "after=9&limit=3")] == list(
        range(10, 17)
    )
    assert read_log(staff, "after=16") == []
    only = read_log(staff, "type=CommentModerated&limit=2")
    assert [event["type"] for event in only] == ["CommentModerated"] * 5


def test_the_log_cannot_be_changed(staff: Client, post: Post) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert send(staff, method, "/api/events/", {}).status_code == 405
        assert send(staff, method, "/api/events/1/", {}).status_code == 404
    assert len(read_log(staff)) == 1
