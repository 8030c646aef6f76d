"""How many writes one address may send, and all of them together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from posts.models import Post
from tests.calls import send
from tests.pages import Page
from tests.records import on_record
from web.throttling import Allowance, client_address, take_write

stored = pytest.mark.django_db(databases="__all__")

BODY = {"title": "A title", "body": "A body"}
Limit = Callable[..., None]


@pytest.fixture
def limit(settings: LazySettings) -> Limit:
    def limit(**rates: str | None) -> None:
        settings.THROTTLE_RATES = {"writes": None, "writes_all": None, "logins": None, **rates}

    return limit


def post_from(client: Client, address: str) -> int:
    return client.post("/posts/", BODY, REMOTE_ADDR=address).status_code


@stored
def test_too_many_writes_are_429_until_the_time_is_up(
    client: Client, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(writes="2/min")
    now = [1_000.0]
    monkeypatch.setattr(Allowance, "timer", lambda self: now[0])
    for _ in range(2):
        assert send(client, "POST", "/api/posts/", BODY).status_code == 201
        now[0] += 10

    before = on_record()
    response = send(client, "POST", "/api/posts/", BODY)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "40"
    assert "40 seconds" in response.json()["detail"]
    response = client.post("/posts/", BODY)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "40"
    assert "from your address" in (said := Page(response.text).text)
    assert "Try again in 40 seconds" in said
    assert on_record() == before

    now[0] += 40
    assert send(client, "POST", "/api/posts/", BODY).status_code == 201


@stored
def test_the_api_and_the_forms_count_together(client: Client, post: Post, limit: Limit) -> None:
    limit(writes="3/hour")

    assert send(client, "POST", "/api/posts/", BODY).status_code == 201
    assert client.post("/posts/", BODY).status_code == 302
    assert client.post(f"/posts/{post.id}/comments/", {"content": "A"}).status_code == 302
    for address in ("/posts/", f"/posts/{post.id}/comments/"):
        assert client.post(address, BODY | {"content": "A"}).status_code == 429
    for address in ("/api/posts/", f"/api/posts/{post.id}/comments/"):
        assert send(client, "POST", address, BODY).status_code == 429


@stored
def test_one_address_does_not_use_up_anothers(client: Client, limit: Limit) -> None:
    limit(writes="1/hour")

    assert client.post("/posts/", BODY).status_code == 302
    assert client.post("/posts/", BODY, headers={"x-forwarded-for": "10.0.0.1"}).status_code == 429
    assert post_from(client, "2001:db8::1") == 302
    assert post_from(client, "2001:db8::1") == 429
    assert post_from(client, "2001:db8:0:1::1") == 302


@stored
def test_all_addresses_together_have_a_limit_too(client: Client, limit: Limit) -> None:
    limit(writes="2/hour", writes_all="3/hour")
    first, second, third = "10.0.0.1", "10.0.0.2", "10.0.0.3"

    assert [post_from(client, first) for _ in range(5)] == [302, 302, 429, 429, 429]
    # What the first was refused did not use up what is left for the others.
    assert [post_from(client, second), post_from(client, third)] == [302, 429]
    response = client.post("/posts/", BODY, REMOTE_ADDR=third)
    assert "are being sent at the moment" in Page(response.text).text
    assert send(client, "POST", "/api/posts/", BODY).status_code == 429


@stored
def test_who_is_refused_by_all_has_not_used_up_their_own(client: Client, limit: Limit) -> None:
    limit(writes="2/hour", writes_all="1/hour")
    assert post_from(client, "10.0.0.1") == 302
    assert [post_from(client, "10.0.0.2") for _ in range(5)] == [429] * 5

    limit(writes="2/hour")
    assert [post_from(client, "10.0.0.2") for _ in range(3)] == [302, 302, 429]


def test_many_at_once_do_not_slip_through(limit: Limit) -> None:
    limit(writes="20/hour", writes_all="10/hour")
    request = RequestFactory().post("/posts/")

    with ThreadPoolExecutor(4) as threads:
        refused = list(threads.map(take_write, [request] * 200))
    assert refused.count(None) == 10


@stored
def test_an_address_of_any_kind_can_be_counted(client: Client, limit: Limit) -> None:
    limit(writes="1/hour")

    for address in ("", "unix:\n \x01é", "fe80::1%eth0", "x" * 1_000):
        assert [post_from(client, address), post_from(client, address)] == [302, 429]


@stored
def test_reading_is_free(client: Client, post: Post, limit: Limit) -> None:
    limit(writes="1/day", writes_all="1/day")
    client.post("/posts/", BODY)

    for address in ("/", "/api/posts/", "/api/query/posts/", f"/api/posts/{post.id}/comments/"):
        assert {client.get(address).status_code for _ in range(3)} == {200}
        assert client.options(address).status_code in (200, 405)


@stored
def test_without_a_limit_there_is_none(client: Client, limit: Limit) -> None:
    limit()

    assert {client.post("/posts/", {}).status_code for _ in range(65)} == {400}


@stored
def test_the_default_limit_is_sixty_a_minute(client: Client) -> None:
    statuses = [send(client, "POST", "/api/posts/", {}).status_code for _ in range(61)]

    assert statuses == [400] * 60 + [429]


ADDRESSES: dict[str, tuple[int, dict[str, str], str]] = {
    "no proxy is trusted": (0, {"HTTP_X_FORWARDED_FOR": "6.6.6.6"}, "10.0.0.9"),
    "a proxy": (1, {"HTTP_X_FORWARDED_FOR": "1.1.1.1"}, "1.1.1.1"),
    "what the client made up": (1, {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1"}, "1.1.1.1"),
    "two proxies": (2, {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1, 10.0.0.8"}, "1.1.1.1"),
    "a proxy that says nothing": (1, {}, "10.0.0.9"),
    "a network": (1, {"HTTP_X_FORWARDED_FOR": "2001:db8:1:2:3::4"}, "20010db800010002::/64"),
    "IPv4 in IPv6": (1, {"HTTP_X_FORWARDED_FOR": "::ffff:1.1.1.1"}, "1.1.1.1"),
    "no address": (1, {"HTTP_X_FORWARDED_FOR": "1.1.1.1:80"}, "1.1.1.1:80"),
    "nothing at all": (0, {"REMOTE_ADDR": ""}, "unknown"),
}


@pytest.mark.parametrize(("proxies", "given", "is_of"), ADDRESSES.values(), ids=ADDRESSES)
def test_the_client_address_of_a_request(
    settings: LazySettings, proxies: int, given: dict[str, Any], is_of: str
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    assert client_address(RequestFactory(REMOTE_ADDR="10.0.0.9").post("/", **given)) == is_of
