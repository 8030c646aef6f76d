"""The headers that tell a browser what it may do, on every kind of answer."""

from collections.abc import Callable
from contextlib import closing
from http.cookies import Morsel
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from posts.models import Post
from web.origins import origins
from web.readers import COOKIE

stored = pytest.mark.django_db(transaction=True, databases="__all__")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTML = {"accept": "text/html"}
NEVER = "Fri, 01 Jan 2100 00:00:00 GMT"
ANSWERS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "a page": (200, lambda c: c.get("/")),
    "the API": (200, lambda c: c.get("/api/posts/")),
    "the API in a browser": (200, lambda c: c.get("/api/posts/", headers=HTML)),
    "Swagger": (200, lambda c: c.get("/api/docs/")),
    "its script": (200, lambda c: c.get("/api/docs/?script=")),
    "the schema": (200, lambda c: c.get("/api/schema/")),
    "figures": (200, lambda c: c.get("/metrics")),
    "a file": (200, lambda c: c.get("/static/hindsight.css")),
    "the admin's login": (200, lambda c: c.get("/admin/login/")),
    "a file as it was": (
        304,
        lambda c: c.get("/static/hindsight.css", headers={"if-modified-since": NEVER}),
    ),
    "a slash": (301, lambda c: c.get("/api/posts")),
    "the way in": (302, lambda c: c.get("/admin/")),
    "a form": (302, lambda c: c.post("/posts/", {"title": "A", "body": "B"})),
    "another host": (400, lambda c: c.get("/", headers={"host": "evil.example"})),
    "an error in a form": (400, lambda c: c.post("/posts/", {})),
    "no right": (403, lambda c: c.get("/api/events/")),
    "no token": (403, lambda c: Client(enforce_csrf_checks=True).post("/posts/", {})),
    "nothing": (404, lambda c: c.get("/nowhere/")),
    "no file": (404, lambda c: c.get("/static/nothing.css")),
    "another method": (405, lambda c: c.put("/")),
    "too large": (413, lambda c: c.post("/posts/", {"body": "x" * 1_100_000})),
    "no form": (415, lambda c: c.post("/posts/", "x", "text/plain")),
    "an error of ours": (500, lambda c: c.get("/api/comments/")),
}


@stored
@pytest.mark.parametrize(("status", "ask"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_has_them(
    monkeypatch: pytest.MonkeyPatch, status: int, ask: Callable[[Client], Any]
) -> None:
    if status == 500:
        monkeypatch.delattr("comments.api.CommentsOfPosts.get")
        monkeypatch.setattr("comments.api.CommentsOfPosts.initial", None)
    with closing(ask(Client(raise_request_exception=False))) as response:
        assert response.status_code == status

    assert HEADERS.items() <= dict(response.headers).items()
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert "Server" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers
    policy = parsed(response.headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "'unsafe-inline'" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)


def parsed(policy: str) -> dict[str, list[str]]:
    directives = (directive.split() for directive in policy.split("; "))
    return {name: sources for name, *sources in directives}


@stored
@pytest.mark.parametrize(
    ("host", "there"),
    [
        ("localhost:8000", ["http://localhost:8000", "http://localhost:8001"]),
        ("127.0.0.1:8001", ["http://127.0.0.1:8000", "http://127.0.0.1:8001"]),
        ("[::1]:8000", ["http:"]),  # a policy has no word for it
        ("evil.example", ["http://localhost:8000", "http://localhost:8001"]),
    ],
)
def test_forms_may_go_to_the_services_and_nowhere_else(
    client: Client, settings: LazySettings, host: str, there: list[str]
) -> None:
    settings.SERVICE_URLS = {
        "query": "http://{host}:8000",
        "posts": "http://{host}:8001",
        "comments": "https://blog.example/comments",
        "moderation": "",
    }
    settings.CSRF_TRUSTED_ORIGINS = origins(settings.SERVICE_URLS.values(), settings.ALLOWED_HOSTS)

    response = client.get("/", headers={"host": host})

    policy = parsed(response.headers["Content-Security-Policy"])
    assert sorted(policy["form-action"]) == sorted(["'self'", *there, "https://blog.example"])


@stored
def test_scripts_do_not_see_our_cookies(client: Client, post: Post) -> None:
    client.get("/")
    client.post(f"/posts/{post.id}/comments/", {"content": "Mine"})
    User.objects.create_superuser("mo", password="correct horse")
    staff = Client()
    staff.post("/admin/login/", {"username": "mo", "password": "correct horse"})
    chosen = {"action": "delete_selected", "_selected_action": str(post.id), "post": "yes"}
    staff.post("/admin/posts/post/", chosen)

    cookies: dict[str, Morsel[str]] = {**client.cookies, **staff.cookies}
    assert set(cookies) == {"csrftoken", COOKIE, "sessionid", "messages"}
    for name, cookie in cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert not cookie["domain"], name
