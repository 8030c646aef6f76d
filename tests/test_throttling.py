"""How many writes one address may send."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from posts.models import Post
from tests.calls import send
from tests.records import on_record
from web.throttling import WriteThrottle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

BODY = {"title": "A title", "body": "A body"}


def limit(monkeypatch: pytest.MonkeyPatch, rate: str | None) -> None:
    monkeypatch.setattr(WriteThrottle, "THROTTLE_RATES", {"writes": rate})


def test_too_many_writes_are_429_until_the_time_is_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "2/min")
    now = [1_000.0]
    monkeypatch.setattr(WriteThrottle, "timer", lambda self: now[0])
    for _ in range(2):
        assert send(client, "POST", "/api/posts/", BODY).status_code == 201
        now[0] += 10

    before = on_record()
    response = send(client, "POST", "/api/posts/", BODY)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "40"
    assert "40 seconds" in response.json()["detail"]
    assert on_record() == before

    now[0] += 40
    assert send(client, "POST", "/api/posts/", BODY).status_code == 201


def test_the_api_and_the_forms_count_together(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "3/hour")

    assert send(client, "POST", "/api/posts/", BODY).status_code == 201
    assert client.post("/posts/", BODY).status_code == 302
    assert client.post(f"/posts/{post.id}/comments/", {"content": "A"}).status_code == 302
    for address in ("/posts/", f"/posts/{post.id}/comments/"):
        assert client.post(address, BODY | {"content": "A"}).status_code == 429
    for address in ("/api/posts/", f"/api/posts/{post.id}/comments/"):
        assert send(client, "POST", address, BODY).status_code == 429


def test_one_address_does_not_use_up_anothers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "1/hour")

    assert client.post("/posts/", BODY).status_code == 302
    assert client.post("/posts/", BODY, headers={"x-forwarded-for": "10.0.0.1"}).status_code == 429
    assert client.post("/posts/", BODY, REMOTE_ADDR="2001:db8::1").status_code == 302
    assert client.post("/posts/", BODY, REMOTE_ADDR="2001:db8::1").status_code == 429


def test_reading_is_free(client: Client, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "1/day")
    client.post("/posts/", BODY)

    for address in ("/", "/api/posts/", "/api/query/posts/", f"/api/posts/{post.id}/comments/"):
        assert {client.get(address).status_code for _ in range(3)} == {200}
        assert client.options(address).status_code in (200, 405)


def test_without_a_limit_there_is_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, None)

    assert {client.post("/posts/", BODY).status_code for _ in range(65)} == {302}


def test_sixty_a_minute_are_allowed_where_nobody_says_otherwise(client: Client) -> None:
    statuses = [send(client, "POST", "/api/posts/", {}).status_code for _ in range(61)]

    assert statuses == [400] * 60 + [429]


@pytest.mark.parametrize("rate", ["60", "60/fortnight", "0/min"])
def test_a_limit_that_cannot_be_read_is_refused_at_the_start(rate: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"THROTTLE_WRITES": rate},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert f"THROTTLE_WRITES is like 60/min, not '{rate}'" in done.stderr
