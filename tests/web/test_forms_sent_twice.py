"""A form of the page that is sent twice: a double click, back and send again, a retry after 503."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from comments.models import Comment, IdempotencyKey
from posts import services as posts
from posts.models import Post
from tests.away import Away
from tests.away import away as away
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

COMMENT = {"content": "A word", "author": "Ann"}


def keys(page: Page) -> list[str]:
    return [field.attributes["value"] for field in page.all("input", name="idempotency_key")]


def address(post: Post) -> str:
    return f"/posts/{post.id}/comments/"


def test_each_form_has_a_key_of_its_own_each_time(client: Client, post: Post) -> None:
    posts.create_post("Another", "A body")
    settle()
    pages = [get(client, path) for path in ("/", "/", f"/posts/{post.id}/", f"/posts/{post.id}/")]
    assert [len(page.all("form", **{"class": "write"})) for page in pages] == [1] * 4
    found = [key for page in pages for key in keys(page)]
    assert len(found) == len(set(found)) == 4
    assert all(len(key) >= 22 for key in found)


def test_sent_twice_it_makes_one_and_leads_to_it(client: Client, post: Post) -> None:
    for path, form in ((address(post), COMMENT), ("/posts/", {"title": "One", "body": "A body"})):
        [key, *_] = keys(get(client, "/"))
        first, second = [client.post(path, form | {"idempotency_key": key}) for _ in range(2)]
        assert first.status_code == second.status_code == 302
        assert "min_position=" in first.headers["Location"]
        assert second.headers["Location"] == first.headers["Location"]
    assert Comment.objects.count() == 1
    assert Post.objects.filter(title="One").count() == 1


def test_the_second_response_makes_the_sender_known_where_the_first_was_lost(post: Post) -> None:
    """It never arrived, and so the browser has no cookie of it."""
    form = COMMENT | {"idempotency_key": "k" * 22}
    Client().post(address(post), form)
    browser = Client()
    browser.post(address(post), form)
    [comment] = Comment.objects.all()
    assert browser.get(f"/api/comments/{comment.id}/").json()["content"] == "A word"


def test_back_and_another_text_makes_a_second_one(client: Client, post: Post) -> None:
    """The browser shows the same form again, with its old key."""
    form = COMMENT | {"idempotency_key": "k" * 22}
    first = client.post(address(post), form)
    second = client.post(address(post), form | {"content": "Another word"})
    assert second.status_code == 302
    assert second.headers["Location"] != first.headers["Location"]
    assert sorted(Comment.objects.values_list("content", flat=True)) == ["A word", "Another word"]


def test_the_same_text_from_a_new_page_makes_a_second_one(client: Client, post: Post) -> None:
    for _ in range(2):
        [key] = keys(get(client, f"/posts/{post.id}/"))
        client.post(address(post), COMMENT | {"idempotency_key": key})
    assert Comment.objects.count() == 2


@pytest.mark.parametrize("more", [{}, {"idempotency_key": ""}])
def test_without_a_key_each_is_a_new_one(client: Client, post: Post, more: Any) -> None:
    for _ in range(2):
        assert client.post(address(post), COMMENT | more).status_code == 302
    assert Comment.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_a_form_that_is_shown_again_keeps_its_key(client: Client, post: Post, away: Away) -> None:
    form = COMMENT | {"idempotency_key": "k" * 22}
    wrong = client.post(address(post), form | {"content": ""})
    assert keys(Page(wrong.text)) == [form["idempotency_key"]]
    assert not IdempotencyKey.objects.exists()
    with away("comments"):
        failed = client.post(address(post), form)
    page = Page(failed.text)
    assert keys(page) == [form["idempotency_key"]]
    assert "Nothing was saved by this request." in page.text
    assert "Your comment may not be saved yet" in page.text
    assert client.post(address(post), form).status_code == 302


@pytest.mark.parametrize("key", ["two words", "x" * 256, "a\0b"])
def test_a_malformed_key_is_replaced_and_what_was_typed_stays(
    client: Client, post: Post, key: str
) -> None:
    response = client.post(address(post), COMMENT | {"idempotency_key": key})
    assert response.status_code == 400
    assert "Please send the form again." in Page(response.text).text
    assert "A word" in response.text
    [fresh] = keys(Page(response.text))
    assert fresh != key
    assert client.post(address(post), COMMENT | {"idempotency_key": fresh}).status_code == 302


def test_a_throttled_sender_comes_to_what_was_saved(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "writes": "1/min"}
    form = COMMENT | {"idempotency_key": "k" * 22}
    first = client.post(address(post), form)
    assert client.post(address(post), form | {"content": "More"}).status_code == 429
    assert client.post(address(post), form).headers["Location"] == first.headers["Location"]


def test_a_form_for_a_post_that_is_gone_is_not_kept(client: Client, post: Post) -> None:
    form = COMMENT | {"idempotency_key": "k" * 22}
    posts.delete_post(post.id)
    settle()
    assert client.post(address(post), form).status_code == 404
    assert not IdempotencyKey.objects.exists()
