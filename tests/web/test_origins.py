"""Services with an origin of their own, and the headers that say what a browser may do."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from http.cookies import Morsel
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import User
from django.test import Client

from posts import services as posts
from posts.models import Post
from tests.histories import settle
from tests.pages import Page, get
from web.origins import origins
from web.readers import COOKIE

QUERY, POSTS, COMMENTS = "http://{host}:8000", "http://{host}:8001", "http://{host}:8002"
everywhere = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def apart(settings: LazySettings) -> None:
    settings.SERVICE_URLS = {
        "query": QUERY,
        "posts": POSTS,
        "comments": COMMENTS,
        "moderation": "https://moderation.example",
    }
    settings.CSRF_TRUSTED_ORIGINS = origins(settings.SERVICE_URLS.values(), settings.ALLOWED_HOSTS)


@everywhere
def test_forms_and_links_lead_to_the_services_that_handle_them(client: Client, apart: None) -> None:
    post = posts.create_post("A title", "A body")
    settle()

    for address in ("/", f"/posts/{post.slug}/"):
        response = client.get(address, headers={"host": "localhost:8000"})
        shown = Page(response.text)
        [form] = shown.all("form", method="post")
        of_comments = f"http://localhost:8002/posts/{post.id}/comments/"
        expected = "http://localhost:8001/posts/" if address == "/" else of_comments
        assert form.attributes["action"] == expected
        for there in ("http://localhost:8000/", "https://moderation.example/admin/"):
            assert shown.all("a", href=there)


@everywhere
def test_a_form_comes_from_the_pages_origin_and_goes_back_to_it(apart: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    token = get(browser, "/").find("input", name="csrfmiddlewaretoken").attributes["value"]
    typed = {"title": "A", "body": "B", "csrfmiddlewaretoken": token}
    host = {"host": "localhost:8001"}

    answer = browser.post("/posts/", typed, headers=host | {"origin": "http://localhost:8000"})
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).netloc == "localhost:8000"
    for origin in ("http://localhost:9000", "http://evil.example", "null"):
        answer = browser.post("/posts/", typed, headers=host | {"origin": origin})
        assert answer.status_code == 403


@everywhere
def test_an_error_page_of_a_service_leads_home(client: Client, apart: None) -> None:
    post = posts.create_post("A title", "A body")
    settle()

    for address, home in (
        ("/posts/", "http://[::1]:8000/"),
        (f"/posts/{post.id}/comments/", f"http://[::1]:8000/posts/{post.id}/"),
    ):
        response = client.post(address, {}, headers={"host": "[::1]:8001"})
        assert response.status_code == 400
        assert Page(response.text).all("a", href=home)


@everywhere
def test_the_browser_knows_its_own_comment_at_another_port(
    client: Client, apart: None, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    post = posts.create_post("A title", "A body")
    settle()

    client.post(
        f"/posts/{post.id}/comments/", {"content": "Mine."}, headers={"host": "localhost:8002"}
    )
    settle()

    assert client.cookies["own_comments"]["domain"] == ""
    assert "Mine." in client.get("/", headers={"host": "localhost:8000"}).text


def test_the_origins_that_the_services_urls_stand_for() -> None:
    hosts = ["localhost", "[::1]", ".example.com", "*"]

    assert origins([QUERY, "", "https://posts.example/base"], hosts) == [
        "http://[::1]:8000",
        "http://localhost:8000",
        "https://posts.example",
    ]


RENDER = """
import django
django.setup()
from django.test import Client
for address in {addresses}:
    response = Client().post(address, {{}})
    assert response.status_code == 400, (address, response.status_code)
    assert "http://127.0.0.1:8000/" in response.text
    assert Client().get("/").status_code == 404
    assert Client().get("/static/hindsight.css").status_code == 200
"""


@pytest.mark.parametrize(
    ("service", "address"),
    [("posts", "/posts/"), ("comments", "/posts/00000000-0000-0000-0000-000000000001/comments/")],
)
def test_a_service_alone_has_all_that_its_pages_need(
    service: str, address: str, tmp_path: Path
) -> None:
    environment = os.environ | {
        "SERVICES": service,
        "VAR_DIR": str(tmp_path),
        "ALLOWED_HOSTS": "testserver",
        "QUERY_URL": "http://127.0.0.1:8000",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    result = subprocess.run(
        [sys.executable, "-c", RENDER.format(addresses=[address])],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stderr


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
    "no login": (401, lambda c: c.get("/api/events/")),
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
def test_every_response_has_the_security_headers(
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
