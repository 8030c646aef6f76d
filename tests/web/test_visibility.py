"""Who may read what a comment says, and who wrote it: on the page, in the comments API and in the
query API."""

from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from moderation import services as moderation
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import KINDS, browser_of
from web.readers import COOKIE

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SECRET = "Nobody shall read this"
NAME = "Annabel"
TRUSTED = {"moderator", "staff", "superuser"}


@pytest.fixture(autouse=True)
def _hold(settings: LazySettings) -> None:
    settings.MODERATION_DEFAULT = "hold"


def write(post: Post, status: str) -> UUID:
    comment_id = comments.create_comment(post.id, NAME, SECRET).id
    settle()
    if status != "pending":
        moderation.decide(comment_id, status, decided_by="Mo")
        settle()
    return comment_id


def told(browser: Client, post: Post, comment_id: object) -> dict[str, str]:
    """What each address says of the comment; "" where it says nothing."""
    pages = {
        "of post": (f"/api/posts/{post.id}/comments/", ["results", 0]),
        "alone": (f"/api/comments/{comment_id}/", []),
        "in a batch": (f"/api/comments/?post_id={post.id}", ["results", 0]),
        "in a list": ("/api/query/posts/", ["results", 0, "comments", 0]),
        "in its post": (f"/api/query/posts/{post.id}/", ["comments", 0]),
        "in a page": (f"/api/query/posts/{post.id}/comments/", ["results", 0]),
    }
    said = {}
    for name, (address, way) in pages.items():
        found = browser.get(address).json()
        for step in way:
            found = found[step]
        assert (found["id"], found["author"]) == (str(comment_id), NAME if found["content"] else "")
        said[name] = found["content"]
        html = browser.get(address, headers={"accept": "text/html"}).text
        assert (SECRET in html) == (NAME in html) == bool(said[name])
    for address in ("/", f"/posts/{post.slug}/"):
        html = browser.get(address).text
        assert (SECRET in html) == (NAME in html)
        said[address] = SECRET if SECRET in html else ""
    return said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["pending", "approved", "rejected"])
def test_the_public_reads_what_is_approved_and_moderators_all(
    post: Post, status: str, kind: str
) -> None:
    comment_id = write(post, status)
    may_read = status == "approved" or kind in TRUSTED

    said = told(browser_of(kind), post, comment_id)
    if status == "rejected":  # the page does not list it: moderators have their queue
        assert {said.pop("/"), said.pop(f"/posts/{post.slug}/")} == {""}
    assert set(said.values()) == {SECRET if may_read else ""}


@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_a_browser_reads_its_own_while_it_waits(client: Client, post: Post, form: bool) -> None:
    if form:
        client.post(f"/posts/{post.id}/comments/", {"content": SECRET, "author": NAME})
    else:
        sent = {"content": SECRET, "author": NAME}
        answer = send(client, "POST", f"/api/posts/{post.id}/comments/", sent).json()
        assert answer["content"] == SECRET
    settle()
    [waiting] = client.get(f"/api/posts/{post.id}/comments/").json()["results"]

    assert set(told(client, post, waiting["id"]).values()) == {SECRET}
    assert set(told(Client(), post, waiting["id"]).values()) == {""}

    moderation.decide(UUID(waiting["id"]), "rejected", decided_by="Mo", reason="Off topic")
    settle()
    assert set(told(client, post, waiting["id"]).values()) == {SECRET}
    assert set(told(Client(), post, waiting["id"]).values()) == {""}
    assert "Others do not see this. Reason: Off topic." in client.get(f"/posts/{post.slug}/").text
    for browser, reason in ((client, "Off topic"), (Client(), "")):
        [own] = browser.get(f"/api/posts/{post.id}/comments/").json()["results"]
        assert own["reason"] == reason


def test_the_public_reads_how_many_await_moderation(client: Client, post: Post) -> None:
    for status in ("pending", "pending", "approved", "rejected"):
        write(post, status)
    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown["counts"] == {"approved": 1, "pending": 2, "rejected": 1}
    assert shown["comment_count"] == 1
    for address in ("/", f"/posts/{post.slug}/"):
        text = client.get(address).text
        assert "2 comments are awaiting moderation." in text
        assert text.count('<li id="comment-') == 1


def test_the_cookie_of_ones_own_cannot_be_made_up(client: Client, post: Post) -> None:
    comment_id = write(post, "pending")
    client.cookies[COOKIE] = f'["{comment_id.hex}"]'
    assert set(told(client, post, comment_id).values()) == {""}

    client.post(f"/posts/{post.id}/comments/", {"content": "Mine"})
    payload, _, rest = client.cookies[COOKIE].value.partition(":")
    client.cookies[COOKIE] = f"{payload[:-1]}:{rest}"
    settle()
    assert [c["content"] for c in client.get("/api/query/posts/").json()["results"][0]["comments"]]
    assert "Mine" not in client.get("/").text


def test_the_cookie_keeps_the_newest_within_its_size(client: Client, post: Post) -> None:
    for n in range(45):
        client.post(f"/posts/{post.id}/comments/", {"content": f"Mine {n}"})
    settle()

    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value) < 3_800
    shown = client.get(f"/api/posts/{post.id}/comments/").json()["results"]
    assert [bool(comment["content"]) for comment in shown] == [False] * 5 + [True] * 40


def test_what_is_for_one_reader_is_not_kept_for_another(client: Client, post: Post) -> None:
    write(post, "pending")
    for browser in (client, browser_of("anonymous")):
        for address in ("/api/query/posts/", f"/api/posts/{post.id}/comments/"):
            assert "Cookie" in browser.get(address).headers["Vary"]
        assert "private" in browser.get("/").headers["Cache-Control"]
