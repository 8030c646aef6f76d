"""Scripts of other sites: those of the listed origins may call the API, and see what it answers."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from posts.models import Post
from tests.away import Away
from tests.away import away as away
from tests.calls import send
from tests.web.addresses import routes

pytestmark = pytest.mark.django_db(databases="__all__")

ORIGIN = "https://app.example"
ADDRESSES = [route for route in routes() if route.startswith("api/")]
EXPOSED = {"ETag", "Location", "Retry-After", "X-Correlation-ID", "X-Event-Position"}


@pytest.fixture
def listed(settings: LazySettings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


def preflight(path: str, origin: str = ORIGIN, **headers: str) -> Any:
    sent = {"origin": origin, "access-control-request-method": "PATCH", **headers}
    return Client().options(path, headers=sent)


@pytest.mark.django_db(databases=[])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_browser_may_send_what_it_requests_to_each_address(listed: None, address: str) -> None:
    """Without a database, and whatever the address would answer."""
    answer = preflight(f"/{address}", **{"access-control-request-headers": "authorization"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"PATCH", "DELETE"} < set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert {"authorization", "content-type", "idempotency-key", "if-match"} < allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example", "null"])
def test_another_origin_may_not(listed: None, client: Client, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight("/api/posts/", origin).headers
    answer = client.get("/api/posts/", headers={"origin": origin})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_list_nobody_may(client: Client) -> None:
    for answer in (preflight("/api/posts/"), client.get("/api/posts/", headers={"origin": ORIGIN})):
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
        assert "origin" not in answer.headers["Vary"]


def test_pages_forms_and_the_admin_are_not_for_other_sites(listed: None, client: Client) -> None:
    for path in ("/", "/admin/login/", "/posts/", "/metrics"):
        for answer in (preflight(path), client.get(path, headers={"origin": ORIGIN})):
            assert "Access-Control-Allow-Origin" not in answer.headers, path


def test_a_script_sees_the_headers_of_what_it_did(listed: None, client: Client) -> None:
    created = send(client, "POST", "/api/posts/", {"title": "A", "body": "B"}, origin=ORIGIN)

    assert created.status_code == 201
    assert created.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert set(created.headers["Access-Control-Expose-Headers"].split(", ")) == EXPOSED
    assert {"Location", "X-Correlation-ID"} < created.headers.keys()


def test_a_script_sees_errors_too(
    listed: None, client: Client, settings: LazySettings, away: Away
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    origin = {"origin": ORIGIN}
    with away("posts"):
        answers = [client.get("/api/posts/", headers=origin)]
    answers += [
        client.get("/api/nowhere/", headers=origin),
        client.get("/api/posts/?limit=x", headers=origin),
        client.get("/api/events/", headers=origin),
        client.put("/api/posts/", headers=origin),
        client.post("/api/docs/", headers=origin),
        client.get("/api/posts/", headers={"host": "evil.example", **origin}),
        client.post("/api/posts/", "x" * 101, "application/json", headers=origin),
        client.post("/api/posts/", headers={"content-encoding": "gzip", **origin}),
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [503, 404, 400, 401, 405, 405, 400, 413, 415]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN, answer.status_code


def test_cookies_are_sent_only_where_that_was_chosen(
    listed: None, settings: LazySettings, client: Client, post: Post
) -> None:
    address = f"/api/posts/{post.id}/comments/"
    for chosen, expected in ((False, None), (True, "true")):
        settings.CORS_ALLOW_CREDENTIALS = chosen
        answer = client.get(address, headers={"origin": ORIGIN})
        assert answer.headers.get("Access-Control-Allow-Credentials") == expected
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
