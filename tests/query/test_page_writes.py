"""After a form one sees what one wrote: the page waits for it, and says where it could not."""

from threading import BoundedSemaphore
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from comments.models import Comment
from posts.models import Post
from query import freshness
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def impatient(settings: LazySettings) -> None:
    settings.POSITION_WAIT = 0.01


def test_after_a_post_one_sees_ones_own_post(client: Client) -> None:
    response = client.post("/posts/", {"title": " A title ", "body": "One\r\ntwo"})
    settle()

    [written] = Post.objects.all()
    assert (written.title, written.body) == ("A title", "One\ntwo")
    to = urlsplit(response.headers["Location"])
    assert (response.status_code, to.path, to.fragment) == (302, "/", f"post-{written.id}")
    assert parse_qs(to.query) == {"min_position": [response.headers["X-Event-Position"]]}
    shown = get(client, f"{to.path}?{to.query}")
    assert "A title" in shown.inside(to.fragment)
    assert "moment behind" not in shown.text


def test_after_a_comment_one_sees_ones_own_comment(client: Client, post: Post) -> None:
    response = client.post(
        f"/posts/{post.id}/comments/", {"content": "A kind word", "author": "Ann"}
    )
    settle()

    [written] = Comment.objects.all()
    to = urlsplit(response.headers["Location"])
    assert (to.path, to.fragment) == (f"/posts/{post.id}/", f"comment-{written.id}")
    position = response.headers["X-Event-Position"]
    assert parse_qs(to.query) == {"comment": [str(written.id)], "min_position": [position]}
    assert "A kind word" in get(client, f"{to.path}?{to.query}").inside(to.fragment)


def test_who_gives_no_name_is_anonymous(client: Client, post: Post) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "A kind word"})
    settle()

    assert "Anonymous" in get(client, "/").text


def test_a_page_that_is_behind_says_so_and_offers_a_reload(
    client: Client, post: Post, impatient: None
) -> None:
    for address in ("/", f"/posts/{post.id}/"):
        shown = get(client, f"{address}?min_position=99&x=%22%3E")
        assert "moment behind" in shown.text
        [notice] = shown.all("p", role="status")
        assert "reload to see it" in " ".join(notice.raw)
        assert shown.all("a", href=f"{address}?min_position=99&x=%22%3E")


def test_a_post_that_has_not_arrived_yet_is_no_404(client: Client, impatient: None) -> None:
    response = client.get(f"/posts/{uuid4()}/?min_position=99")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert "Not here yet" in Page(response.text).text


def test_the_page_waits_until_what_was_written_has_arrived(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 30
    response = client.post("/posts/", {"title": "A title", "body": "A body"})
    looks = []

    def sleep(_: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            settle()

    monkeypatch.setattr("query.freshness.time.sleep", sleep)
    to = urlsplit(response.headers["Location"])

    assert "A title" in get(client, f"/?{to.query}").inside(to.fragment)
    assert len(looks) == 3


@pytest.mark.parametrize("position", ["", "x", "-1", "1.5", "²", "%00"])
def test_a_position_that_is_none_is_not_waited_for(client: Client, position: str) -> None:
    assert "moment behind" not in get(client, f"/?min_position={position}").text


def test_who_waits_for_nothing_leaves_threads_for_others(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 30
    monkeypatch.setattr(freshness, "_waiting", BoundedSemaphore(1))

    with freshness._waiting:  # all that may wait do
        assert "moment behind" in get(client, "/?min_position=99").text
    monkeypatch.setattr("query.freshness.time.sleep", _no_patience)
    with pytest.raises(TimeoutError):  # and the next may again
        client.get("/?min_position=99")


def _no_patience(_: float) -> None:
    raise TimeoutError
