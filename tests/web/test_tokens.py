"""Programs come with a token in place of a user's password."""

import logging
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from rest_framework.authtoken.models import Token

from posts.models import Post
from tests.away import JSON, Away, is_unavailable
from tests.away import away as away
from tests.calls import send
from tests.people import browser_of, person

pytestmark = pytest.mark.django_db(databases="__all__")

EVENTS = "/api/events/"
SCHEMES = {"Basic", "Token", "Bearer"}


@pytest.fixture
def token(db: None) -> Token:
    """Of a member of the staff."""
    return Token.objects.create(user=person("staff"))


def read(key: str, address: str = EVENTS, scheme: str = "Token", **more: Any) -> Any:
    return Client().get(address, headers={"authorization": f"{scheme} {key}"}, **more)


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "BEARER"])
def test_a_token_stands_for_its_user(token: Token, scheme: str) -> None:
    assert read(token.key, scheme=scheme).status_code == 200
    token.user.is_staff = False
    token.user.save()
    assert read(token.key, scheme=scheme).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    ["", "x", "{key} {key}", "{upper}", "{key}0", "0" * 40, "\0" * 40, "ü" * 40, "' OR 1=1 --"],
)
def test_a_wrong_token_is_401_also_where_everybody_may_read(token: Token, wrong: str) -> None:
    key = wrong.format(key=token.key, upper=token.key.upper())
    for address in (EVENTS, "/api/posts/"):
        answer = read(key, address)
        assert answer.status_code == 401
        offered = answer.headers["WWW-Authenticate"].split(", ")
        assert {each.partition(" ")[0] for each in offered} == SCHEMES
        assert {each.partition(" ")[2] for each in offered} == {'realm="Hindsight"'}


def test_a_script_in_a_browser_gets_its_answer_and_no_window_for_a_password(
    client: Client,
) -> None:
    answer = client.get(EVENTS, headers={"sec-fetch-dest": "empty"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Token realm="Hindsight", Bearer realm="Hindsight"'


def test_a_token_ends_with_its_user(token: Token) -> None:
    token.user.is_active = False
    token.user.save()
    assert read(token.key).status_code == 401

    token.user.is_active = True
    token.user.save()
    assert read(token.key).status_code == 200
    token.user.delete()
    assert read(token.key).status_code == 401


def test_too_many_wrong_tokens_are_429_together_with_passwords(
    token: Token, settings: LazySettings
) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"logins": "3/hour"}
    assert {read(token.key).status_code for _ in range(5)} == {200}
    assert [read("x").status_code for _ in range(2)] == [401] * 2
    assert read("eDp5", scheme="Basic").status_code == 401

    answer = read(token.key)  # not even looked at
    assert answer.status_code == 429
    assert "Too many failed logins from your address." in answer.json()["detail"]
    assert 3_590 < int(answer.headers["Retry-After"]) <= 3_600
    assert Client().get("/api/posts/").status_code == 200
    assert read(token.key, REMOTE_ADDR="10.0.0.1").status_code == 200


def test_while_the_users_database_is_away_a_token_is_neither_right_nor_wrong(
    token: Token, away: Away, settings: LazySettings
) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"logins": "3/hour"}
    with away("default"):
        for address in (EVENTS, "/api/query/posts/", "/api/posts/", EVENTS):
            assert is_unavailable(read(token.key, address), JSON)
        # A request without a token needs no user.
        assert Client().get("/api/query/posts/").status_code == 200
        body = {"title": "A", "body": "B"}
        headers = {"authorization": f"Token {token.key}"}
        answer = send(Client(), "POST", "/api/posts/", body, **headers)
        assert "Nothing was saved." in answer.json()["detail"]
    assert Post.objects.count() == 0
    assert read(token.key).status_code == 200


def test_a_session_is_read_in_the_same_way(away: Away) -> None:
    browser = browser_of("staff")
    with away("default"):
        assert is_unavailable(browser.get("/api/query/posts/"), JSON)


def test_a_request_with_a_token_needs_no_token_of_a_form(token: Token, post: Post) -> None:
    program = Client(enforce_csrf_checks=True)
    program.force_login(token.user)  # a session too: by that alone it would be a browser
    address, change = f"/api/posts/{post.id}/", {"title": "B"}
    headers = {"authorization": f"Token {token.key}"}

    assert send(program, "PATCH", address, change).status_code == 403
    assert send(program, "PATCH", address, change, **headers).status_code == 200


def test_only_the_api_knows_tokens(token: Token) -> None:
    assert read(token.key, "/admin/").status_code == 302


def test_a_command_makes_a_token(token: Token, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("program")
    call_command("drf_create_token", "program")
    words = capsys.readouterr().out.split()
    assert read(words[2], "/api/posts/").status_code == 200
    call_command("drf_create_token", "program", "--reset")
    assert read(words[2], "/api/posts/").status_code == 401


def test_an_administrator_makes_shows_and_deletes_a_token(token: Token) -> None:
    user = User.objects.create_user("program")
    browser, tokens = browser_of("superuser"), "/admin/authtoken/tokenproxy/"
    made = browser.post(f"{tokens}add/", {"user": user.pk}, follow=True)
    key = Token.objects.get(user=user).key

    assert made.redirect_chain == [(f"{tokens}{user.pk}/change/", 302)]
    assert key in made.text
    assert "Token of program" in made.text
    assert browser.post(f"{tokens}{user.pk}/change/", {"user": user.pk}).status_code == 403
    for page in ("", f"{user.pk}/history/", f"{user.pk}/delete/"):
        shown = browser.get(f"{tokens}{page}").text
        assert "program" in shown
        assert key not in shown
    assert browser.post(f"{tokens}{user.pk}/delete/", {"post": "yes"}).status_code == 302
    assert read(key, "/api/posts/").status_code == 401
    assert read(token.key).status_code == 200
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"Token of program"}


def test_a_token_is_in_no_log(
    token: Token, caplog: pytest.LogCaptureFixture, away: Away, settings: LazySettings
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.DEBUG = True  # Django counts what is queried, and could log it
    for key in (token.key, "f" * 40):
        read(key)
        read(key, "/api/nowhere/")
        read(key, "/api/posts/?cursor=x")
        read(key, REMOTE_ADDR="10.0.0.1", HTTP_HOST="evil.example")
        with away("posts"):
            read(key, "/api/posts/")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) > 5
    assert not [line for line in lines if token.key in line or "f" * 40 in line]
    assert token.key not in repr(token)
