"""A request that is sent again under its ``Idempotency-Key`` gets the first response again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from comments import services as comments
from comments.models import Comment
from comments.models import IdempotencyKey as CommentKey
from eventstore import tasks
from eventstore.models import Event
from moderation.models import IdempotencyKey as ReviewKey
from posts import services as posts
from posts.models import IdempotencyKey as PostKey
from posts.models import Post
from tests.away import refuse_statements
from tests.calls import send
from tests.eventstore.events import perform
from tests.histories import settle
from tests.people import browser_of
from tests.records import on_record
from web import keys
from web.keys import MAX_AGE

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

POST = {"title": "A title", "body": "A body"}
COMMENT = {"author": "Ann", "content": "A word"}
OWN = {"X-Correlation-ID"}  # each response has one of its own


@pytest.fixture
def addresses(post: Post) -> dict[str, tuple[str, dict[str, str]]]:
    """Every POST of the API, with a body."""
    comment = comments.create_comment(post.id, "Bob", "Another word")
    settle()
    review = f"/api/moderation/reviews/{comment.id}"
    return {
        "post": ("/api/posts/", POST),
        "comment": (f"/api/posts/{post.id}/comments/", COMMENT),
        "approve": (f"{review}/approve/", {"reason": "kind"}),
        "reject": (f"{review}/reject/", {"reason": "unkind"}),
    }


def headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in OWN}


@pytest.mark.parametrize("what", ["post", "comment", "approve", "reject"])
def test_the_same_response_comes_again_and_nothing_is_done_twice(
    addresses: dict[str, tuple[str, dict[str, str]]], what: str
) -> None:
    address, body = addresses[what]
    browser, key = browser_of("superuser"), str(uuid4())

    first = send(browser, "POST", address, body, Idempotency_Key=key)
    assert first.status_code in (200, 201)
    assert "X-Event-Position" in first.headers
    settle()
    before = on_record()
    again = send(browser, "POST", address, body, Idempotency_Key=key)

    settle()
    assert on_record() == before
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert headers(again) == headers(first)
    assert again.cookies.keys() == first.cookies.keys()

    without = send(browser, "POST", address, body)
    assert without.status_code == first.status_code
    settle()
    assert on_record() != before


def test_every_post_of_the_schema_has_the_header(client: Client) -> None:
    schema = client.get("/api/schema/?format=json").json()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            names = [each["name"] for each in operation.get("parameters", [])]
            assert ("Idempotency-Key" in names) == (method == "post"), path
            assert ("422" in operation["responses"]) == (method == "post"), path


def test_another_body_or_address_is_422_and_nothing_is_done(post: Post) -> None:
    client = Client()
    address = f"/api/posts/{post.id}/comments/"
    other = f"/api/posts/{posts.create_post('Another', 'Body').id}/comments/"
    assert send(client, "POST", address, COMMENT, Idempotency_Key="k").status_code == 201
    settle()
    before = on_record()

    for path, body in ((address, COMMENT | {"content": "Not this"}), (other, COMMENT)):
        refused = send(client, "POST", path, body, Idempotency_Key="k")
        assert refused.status_code == 422
        assert "another body or to another address" in refused.json()["detail"]
    assert on_record() == before
    # The order of a body's names is no difference.
    turned = dict(reversed(COMMENT.items()))
    assert send(client, "POST", address, turned, Idempotency_Key="k").status_code == 201
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "ümlaut", "a\tb"])
def test_a_malformed_key_is_400_and_nothing_is_done(client: Client, key: str) -> None:
    response = send(client, "POST", "/api/posts/", POST, Idempotency_Key=key)
    assert response.status_code == 400
    assert list(response.json()) == ["Idempotency-Key"]
    assert not Post.objects.exists()


def test_a_refused_request_is_not_kept(client: Client) -> None:
    bad = send(client, "POST", "/api/posts/", {"title": ""}, Idempotency_Key="k")
    assert bad.status_code == 400
    unknown = f"/api/posts/{uuid4()}/comments/"
    assert send(client, "POST", unknown, COMMENT, Idempotency_Key="k").status_code == 404
    assert not PostKey.objects.exists()
    assert not CommentKey.objects.exists()
    assert send(client, "POST", "/api/posts/", POST, Idempotency_Key="k").status_code == 201


def test_a_conflict_is_not_kept(post: Post) -> None:
    """Once the review is as the moderator saw it, the same key goes through."""
    comment = comments.create_comment(post.id, "Bob", "Another word")
    settle()
    review = f"/api/moderation/reviews/{comment.id}"
    moderator, other = browser_of("moderator"), browser_of("superuser")
    assert send(other, "POST", f"{review}/approve/", {"reason": "kind"}).status_code == 200
    body = {"reason": "unkind"}
    refused = send(moderator, "POST", f"{review}/reject/", body, Idempotency_Key="k")
    assert refused.status_code == 409
    assert not ReviewKey.objects.exists()
    seen = {"seen": moderator.get(f"{review}/").json()["decided_at"]}
    again = send(moderator, "POST", f"{review}/reject/", body | seen, Idempotency_Key="k")
    assert (again.status_code, again.json()["status"]) == (200, "rejected")


def test_a_key_belongs_to_its_user(post: Post) -> None:
    """Each of them sends the same; none sees what another got."""
    address = f"/api/posts/{post.id}/comments/"
    people = [browser_of(kind) for kind in ("anonymous", "user", "moderator")]
    ids = [
        send(person, "POST", address, COMMENT, Idempotency_Key="k").json()["id"]
        for person in people
    ]
    assert len(set(ids)) == 3
    again = [
        send(person, "POST", address, COMMENT, Idempotency_Key="k").json()["id"]
        for person in people
    ]
    assert again == ids


def test_who_lost_the_right_gets_no_kept_response(post: Post) -> None:
    comment = comments.create_comment(post.id, "Bob", "Another word")
    settle()
    moderator = browser_of("moderator")
    address = f"/api/moderation/reviews/{comment.id}/approve/"
    assert send(moderator, "POST", address, {}, Idempotency_Key="k").status_code == 200
    assert ReviewKey.objects.count() == 1
    moderator.logout()
    assert send(moderator, "POST", address, {}, Idempotency_Key="k").status_code == 401


def test_a_deleted_comment_is_not_written_again(post: Post) -> None:
    """Also its post is gone: the response is the first one all the same."""
    client, address = Client(), f"/api/posts/{post.id}/comments/"
    first = send(client, "POST", address, COMMENT, Idempotency_Key="k")
    posts.delete_post(post.id)
    settle()
    again = send(client, "POST", address, COMMENT, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    settle()
    assert not Comment.objects.exists()


def test_the_cookie_of_a_retry_names_later_comments_too(post: Post) -> None:
    """The one of the first response would forget what was sent since."""
    browser, address = Client(), f"/api/posts/{post.id}/comments/"
    first = send(browser, "POST", address, COMMENT, Idempotency_Key="k").json()["id"]
    later = send(browser, "POST", address, {"content": "Later"}).json()["id"]
    send(browser, "POST", address, COMMENT, Idempotency_Key="k")

    for comment in (first, later):
        assert browser.get(f"/api/comments/{comment}/").json()["content"]
        assert not Client().get(f"/api/comments/{comment}/").json()["content"]


def test_a_retry_after_the_process_died_publishes_and_has_the_position(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died between the commit and the relay."""
    with monkeypatch.context() as patch:
        patch.setattr("eventstore.outbox.relay_quietly", lambda *_, **__: None)
        first = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
        assert "X-Event-Position" not in first.headers
        assert not Event.objects.exists()

    again = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
    assert again.json() == first.json()
    assert again.headers["X-Event-Position"] == str(Event.objects.get().position)


def test_a_retry_is_answered_while_the_event_store_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
    with monkeypatch.context() as patch:
        refuse_statements(patch, "eventstore", "no response")
        again = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert "X-Event-Position" not in again.headers


def test_a_throttled_sender_gets_the_kept_response(client: Client, settings: LazySettings) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "writes": "1/min"}
    first = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
    assert send(client, "POST", "/api/posts/", POST, Idempotency_Key="other").status_code == 429
    again = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, first.json())


def test_a_key_expires_after_24_hours(client: Client) -> None:
    first = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k").json()["id"]
    _age(PostKey, MAX_AGE - timedelta(minutes=1))
    assert send(client, "POST", "/api/posts/", POST, Idempotency_Key="k").json()["id"] == first
    _age(PostKey, MAX_AGE + timedelta(minutes=1))
    second = send(client, "POST", "/api/posts/", POST, Idempotency_Key="k").json()["id"]
    assert second != first
    assert send(client, "POST", "/api/posts/", POST, Idempotency_Key="k").json()["id"] == second


@pytest.mark.parametrize("model", [PostKey, CommentKey, ReviewKey])
def test_a_sweep_deletes_old_keys_in_batches(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "DELETE_BATCH_ROWS", 2)
    for name in range(5):
        model.once(f"old {name}", None, str)
    _age(model, MAX_AGE + timedelta(seconds=1))
    model.once("new", None, lambda: "kept")

    perform(tasks.sweep, model._meta.app_label)

    assert [row.response for row in model.objects.all()] == ["kept"]


def test_the_time_for_deleting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "DELETE_BATCH_ROWS", 2)
    monkeypatch.setattr(keys, "DELETE_BUDGET_SECONDS", 0.0)
    for name in range(5):
        PostKey.once(f"old {name}", None, str)
    _age(PostKey, MAX_AGE + timedelta(seconds=1))

    assert PostKey.delete_expired() == 0
    assert PostKey.objects.count() == 5


def test_an_integrity_error_of_the_write_itself_is_raised() -> None:
    """It is not taken for a key that exists."""
    post = posts.create_post("A title", "A body")

    def write() -> str:
        Post.objects.create(id=post.id, title="Twice", body="Twice")
        return ""

    with pytest.raises(IntegrityError):
        PostKey.once("k", None, write)
    assert not PostKey.objects.exists()


def _age(model: Any, age: timedelta) -> None:
    model.objects.update(created_at=timezone.now() - age)
