"""Bad headers and cookies are refused in the address's own form, or do no harm."""

import base64
from uuid import UUID

import pytest
from django.core import signing
from django.test import Client

from posts.models import Post
from tests.people import browser_of
from web.readers import COOKIE

pytestmark = pytest.mark.django_db(databases="__all__")

READS = ["/", "/posts/{}/", "/api/posts/", "/api/posts/{}/comments/", "/api/query/posts/{}/"]
STRANGE = ["", "x", "\x7f", '"\\000\\000\\000\\000\\000\\000\\000\\000"', "a:b:c", "x" * 3_000]


@pytest.mark.parametrize("name", [COOKIE, "sessionid", "csrftoken", "messages"])
@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_a_strange_cookie_does_no_harm(post: Post, name: str, value: str) -> None:
    for address in READS:
        browser = Client(headers={"cookie": f"{name}={value}"})
        assert browser.get(address.format(post.id)).status_code == 200


@pytest.mark.parametrize("ids", [{}, 1, None, "x", ["x"], [1], [None], [[]]])
def test_a_cookie_of_ones_own_with_something_else_in_it_is_empty(
    client: Client, post: Post, ids: object
) -> None:
    client.cookies[COOKIE] = signing.dumps(ids, salt=COOKIE)

    assert client.get("/").status_code == 200
    assert client.post(f"/posts/{post.id}/comments/", {"content": "A"}).status_code == 302


CREDENTIALS = {
    "nothing": "",
    "not base64": "äöü",
    "no colon": base64.b64encode(b"ann").decode(),
    "not UTF-8": base64.b64encode(b"\xff:\xff").decode(),
    "NUL": base64.b64encode(b"\0ann:\0").decode(),
    "long": base64.b64encode(b"a" * 5_000 + b":b").decode(),
    "nobody": base64.b64encode(b"ann:b").decode(),
    "two": "YTpi YTpi",
}


@pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)
def test_credentials_that_are_none_are_403(client: Client, credentials: str) -> None:
    for address in ("/api/posts/", "/api/events/"):
        response = client.get(address, headers={"authorization": f"Basic {credentials}"})

        assert response.status_code == 403
        assert "detail" in response.json()


@pytest.mark.parametrize("if_match", ["", "x", "1", '"', 'W/"1"', '"2"', '"1', "\xff", '"²"'])
def test_an_if_match_that_matches_nothing_is_412(post: Post, if_match: str) -> None:
    response = browser_of("staff").patch(
        f"/api/posts/{post.id}/",
        {"title": "B"},
        content_type="application/json",
        headers={"if-match": if_match},
    )

    assert response.status_code == 412
    assert "changed" in response.json()["detail"]


@pytest.mark.parametrize("accept", ["x", ";;;", "*", "text/html;q=x", "/", ",", "\xff", "a/b;c"])
def test_a_strange_accept_is_served_or_406(client: Client, accept: str) -> None:
    for address in ("/", "/api/posts/", "/api/nowhere/"):
        response = client.get(address, headers={"accept": accept})
        assert response.status_code in ((404,) if "nowhere" in address else (200, 406))


@pytest.mark.parametrize("host", ["evil.example", "a b", "127.0.0.1:x", "[::1", "\xff"])
def test_another_host_is_400(client: Client, host: str) -> None:
    for address in ("/", "/api/posts/", "/api/nowhere/", "/admin/"):
        response = client.get(address, headers={"host": host})

        assert response.status_code == 400
        kind = "application/json" if "api" in address else "text/html"
        assert response.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("sent", ["", " ", "x" * 65, "a b", "\x00", "ä", "a\r\nb", "\x7f"])
def test_a_correlation_id_that_is_none_is_replaced(client: Client, sent: str) -> None:
    response = client.get("/api/posts/", headers={"x-correlation-id": sent})

    assert response.status_code == 200
    assert UUID(response.headers["X-Correlation-ID"])
