"""The page where each service has an origin of its own."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings, settings
from django.test import Client

from posts import services as posts
from tests.histories import settle
from tests.pages import Page, get
from web.origins import origins

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
def test_forms_and_links_lead_to_the_services_that_answer_them(client: Client, apart: None) -> None:
    post = posts.create_post("A title", "A body")
    settle()

    for address in ("/", f"/posts/{post.id}/"):
        response = client.get(address, headers={"host": "localhost:8000"})
        shown = Page(response.text)
        actions = {form.attributes["action"] for form in shown.all("form")}
        expected = {f"http://localhost:8002/posts/{post.id}/comments/"}
        assert actions == expected | ({"http://localhost:8001/posts/"} if address == "/" else set())
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
