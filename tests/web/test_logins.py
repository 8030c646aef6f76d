"""Passwords cannot be tried out: neither in the admin nor in the request itself."""

from base64 import b64encode
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from tests.away import Away
from tests.away import away as away
from tests.pages import Page
from web.throttling import Allowance

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse"
LOGIN = "/admin/login/"
EVENTS = "/api/events/"


@pytest.fixture(autouse=True)
def _three_an_hour(settings: LazySettings) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"logins": "3/hour"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _staff(_three_an_hour: None, db: None) -> None:
    User.objects.create_superuser("mo", password=PASSWORD)
    User.objects.create_user("reader", password=PASSWORD)


def log_in(client: Client, password: str, name: str = "mo", **more: Any) -> Any:
    return client.post(f"{LOGIN}?next=/admin/", {"username": name, "password": password}, **more)


def call(client: Client, password: str, **more: Any) -> Any:
    credentials = b64encode(f"mo:{password}".encode()).decode()
    return client.get(EVENTS, headers={"authorization": f"Basic {credentials}"}, **more)


def test_too_many_wrong_passwords_in_the_admin_are_429(client: Client) -> None:
    assert [log_in(client, f"guess {n}").status_code for n in range(3)] == [200] * 3

    response = log_in(client, PASSWORD)  # not even looked at
    assert response.status_code == 429
    assert 3_590 < int(response.headers["Retry-After"]) <= 3_600
    assert "Too many failed logins from your address." in Page(response.text).text
    assert "sessionid" not in client.cookies
    assert client.get(LOGIN).status_code == 200
    assert log_in(client, PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_too_many_wrong_passwords_in_requests_are_429(client: Client) -> None:
    assert [call(client, f"guess {n}").status_code for n in range(3)] == [401] * 3

    response = call(client, PASSWORD)
    assert response.status_code == 429
    assert 3_590 < int(response.headers["Retry-After"]) <= 3_600
    assert "Too many failed logins from your address." in response.json()["detail"]
    assert client.get("/api/posts/").status_code == 200  # nobody's name, nobody's password
    assert call(client, PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 200


def test_both_ways_count_together(client: Client) -> None:
    assert [log_in(client, "guess").status_code, call(client, "guess").status_code] == [200, 401]
    assert log_in(client, "guess").status_code == 200

    assert [log_in(client, "guess").status_code, call(client, "guess").status_code] == [429, 429]


def test_logins_while_the_users_database_is_away_count_for_nobody(
    client: Client, away: Away
) -> None:
    client.raise_request_exception = False
    with away("default"):
        assert [log_in(client, PASSWORD).status_code for _ in range(4)] == [503] * 4
        assert [call(client, PASSWORD).status_code for _ in range(4)] == [503] * 4
    assert log_in(client, PASSWORD).status_code == 302
    assert call(Client(), PASSWORD).status_code == 200


def test_successful_logins_are_not_limited(client: Client) -> None:
    assert {call(client, PASSWORD).status_code for _ in range(9)} == {200}
    assert {log_in(Client(), PASSWORD).status_code for _ in range(9)} == {302}
    # And a right one in between does not buy more guesses.
    assert [call(client, "guess").status_code for _ in range(2)] == [401, 401]
    assert call(client, PASSWORD).status_code == 200
    assert [call(client, "guess").status_code for _ in range(2)] == [401, 429]


def test_a_right_password_without_the_right_is_a_wrong_one(client: Client) -> None:
    statuses = [log_in(client, PASSWORD, "reader").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_the_time_passes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(Allowance, "timer", lambda self: now[0])
    assert [log_in(client, "guess").status_code for _ in range(4)] == [200, 200, 200, 429]

    now[0] += 3_600
    assert log_in(client, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_nowhere_else(client: Client, next_: str) -> None:
    typed = {"username": "mo", "password": PASSWORD, "next": next_}
    response = client.post(LOGIN, typed, query_params={"next": next_})

    assert response.status_code == 302
    assert response.headers["Location"] == "/admin/"
