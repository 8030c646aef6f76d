"""Who may write posts: the setting POSTING."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from config.processes.layout import layout
from config.processes.paths import BASE, RunPaths
from config.processes.runner import banner
from posts.models import Post
from tests.away import Away
from tests.away import away as away
from tests.calls import send
from tests.histories import settle
from tests.pages import Page, get
from tests.people import PEOPLE, browser_of, person

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

TYPED = {"title": "A title", "body": "An hour's <work>"}
STAFF = {"staff", "superuser", "moderating staff"}
LOGIN = "/admin/login/"


@pytest.fixture
def staff_only(settings: LazySettings) -> None:
    settings.POSTING = "staff"


@pytest.mark.parametrize("kind", PEOPLE)
def test_staff_alone_may_write_where_it_is_for_staff(staff_only: None, kind: str) -> None:
    browser, may = browser_of(kind), kind in STAFF

    listed = get(browser, "/")
    assert bool(listed.all("details", id="write")) == may
    assert ("Write" in listed.text) == may
    sent = browser.post("/posts/", TYPED)
    assert sent.status_code == (302 if may else 403)
    refused = 401 if kind == "anonymous" else 403
    posted = send(browser, "POST", "/api/posts/", TYPED)
    assert posted.status_code == (201 if may else refused)
    assert Post.objects.count() == (2 if may else 0)
    assert browser.get("/api/posts/").status_code == 200


@pytest.mark.parametrize("kind", ["anonymous", "staff"])
def test_everyone_may_write_where_it_is_for_everyone(settings: LazySettings, kind: str) -> None:
    settings.POSTING = "everyone"
    browser = browser_of(kind)
    assert get(browser, "/").find("details", id="write")
    assert browser.post("/posts/", TYPED).status_code == 302
    assert send(browser, "POST", "/api/posts/", TYPED).status_code == 201
    assert [post.author for post in Post.objects.all()] == ["", ""]


def test_who_is_refused_reads_why_and_keeps_what_they_typed(
    client: Client, staff_only: None
) -> None:
    """As after a session that has ended while they wrote."""
    page = Page(client.post("/posts/", TYPED).text)
    assert page.find("h1").raw == ["Only staff may write posts here"]
    assert "was not saved" in page.text
    assert TYPED["body"] in "".join(page.raw)
    assert page.all("a", href=LOGIN)
    assert not page.all("form", method="post")


def test_the_author_is_who_is_logged_in_unless_another_is_named(staff_only: None) -> None:
    user = person("staff")
    browser = Client()
    browser.force_login(user)
    assert get(browser, "/").find("input", id="author").attributes["value"] == "staff"
    user.first_name, user.last_name = "Ann", "Other"
    user.save()
    browser.post("/posts/", TYPED)
    browser.post("/posts/", {**TYPED, "author": "A guest"})
    send(browser, "POST", "/api/posts/", TYPED)
    send(browser, "POST", "/api/posts/", {**TYPED, "author": "A guest"})
    authors = Post.objects.order_by("created_at").values_list("author", flat=True)
    assert list(authors) == ["Ann Other", "A guest"] * 2


def test_the_forms_author_is_on_the_page(client: Client) -> None:
    client.post("/posts/", {**TYPED, "author": "Ann"})
    settle()
    assert "by Ann" in get(client, "/").text


def test_while_nobody_is_known_nobody_may_write(staff_only: None, away: Away) -> None:
    browser = browser_of("staff")
    with away("default"):
        listed = browser.get("/")
        sent = browser.post("/posts/", TYPED)
        posted = send(browser, "POST", "/api/posts/", TYPED)
    assert (listed.status_code, "Write a post" in listed.text) == (200, False)
    assert (sent.status_code, posted.status_code) == (503, 503)


@pytest.mark.parametrize(
    ("hosts", "posting", "expected"),
    [
        ("", "", "everyone"),
        ("localhost,127.0.0.1", "", "everyone"),
        ("localhost", "staff", "staff"),
        ("blog.example,localhost", "", "staff"),
        ("*", "", "staff"),
        ("blog.example", "everyone", "everyone"),
    ],
)
def test_beyond_this_machine_it_is_for_staff_unless_it_is_set(
    hosts: str, posting: str, expected: str
) -> None:
    """The settings agree with what is printed at the start."""
    env = {"ALLOWED_HOSTS": hosts, "POSTING": posting, "SECRET_KEY": "for tests only " * 5}
    script = "from config import settings; print(settings.POSTING)"
    found = subprocess.check_output(
        [sys.executable, "-c", script], env={**os.environ, **env}, text=True, cwd=BASE
    )
    assert found == f"{expected}\n"
    text = banner(layout("monolith", 8000), RunPaths(Path("/srv/var")), hosts, posting)
    assert ("by staff" in text) == (expected == "staff")
