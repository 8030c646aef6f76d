"""The page shows posts, the newest first, and their comments with their statuses."""

from contextlib import ExitStack
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services as comments
from comments.models import Comment
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query import page, threads
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_an_empty_blog_invites_to_write(client: Client) -> None:
    shown = get(client, "/")

    assert "No posts yet" in shown.text
    assert shown.find("details", id="write").attributes.keys() >= {"open"}
    assert "manage.py load_sample" in shown.text
    assert "make demo" in shown.text


def test_an_empty_blog_on_a_server_tells_visitors_no_commands(
    client: Client, admin_client: Client, settings: LazySettings
) -> None:
    settings.LOOPBACK_ONLY, settings.POSTING = False, "staff"

    shown = get(client, "/")
    assert "No posts yet." in shown.text
    assert "Readers comment, and moderators decide" in shown.text
    assert "load_sample" not in shown.text

    assert "load_sample" in get(admin_client, "/").text


def test_the_list_has_the_newest_post_first_and_their_comments_in_order_of_time(
    client: Client,
) -> None:
    first = posts.create_post("The first", "One", author="Ann")
    second = posts.create_post("The second", "Two")
    ids = [comments.create_comment(first.id, "Bob", f"Number {n}.").id for n in range(12)]
    settle()

    shown = get(client, "/")

    assert shown.ids("post-") == [f"post-{second.id}", f"post-{first.id}"]
    assert shown.ids("comment-") == [f"comment-{each}" for each in ids[-2:]]
    assert "by Ann" in shown.text
    assert "All 12 comments on The first" in shown.text
    assert "No comments yet on The second" in shown.text
    assert "open" not in shown.find("details", id="write").attributes


def test_a_long_post_is_cut_in_the_list_and_whole_on_its_own_page(client: Client) -> None:
    post = posts.create_post("Long", "word " * 500 + "The end.")
    settle()

    assert "The end." not in get(client, "/").text
    assert "Read more: Long" in get(client, "/").text
    assert "The end." in get(client, f"/posts/{post.id}/").text


def test_the_list_comes_in_pages(client: Client) -> None:
    for number in range(page.POSTS_PER_PAGE + 1):
        posts.create_post(f"Post {number}.", "Text")
    settle()

    first, second = get(client, "/"), get(client, "/?page=2")

    assert len(first.ids("post-")) == page.POSTS_PER_PAGE
    assert "Page 1 of 2" in first.text
    assert first.find("a", rel="next").attributes["href"] == "?page=2"
    assert "Post 0." in second.text
    assert second.find("a", rel="prev").attributes["href"] == "?page=1"


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "%00", "1" * 5_000])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(client: Client, number: str) -> None:
    posts.create_post("A title", "A body")
    settle()

    assert "A title" in get(client, f"/?page={number}").text


def test_comments_come_in_pages_and_a_link_to_one_finds_its_page(client: Client) -> None:
    post = posts.create_post("A title", "A body")
    ids = [
        comments.create_comment(post.id, "", f"No. {n}").id
        for n in range(threads.COMMENTS_PER_PAGE + 1)
    ]
    settle()
    address = f"/posts/{post.id}/"

    assert get(client, address).ids("comment-") == [f"comment-{each}" for each in ids[:-1]]
    assert get(client, f"{address}?page=2").ids("comment-") == [f"comment-{ids[-1]}"]
    assert "Page 2 of 2" in get(client, f"{address}?comment={ids[-1]}").text
    for other in (ids[-2], uuid4(), "", "x"):
        assert "Page 1 of 2" in get(client, f"{address}?comment={other}").text


def test_a_post_that_does_not_exist_is_404(client: Client) -> None:
    gone = posts.create_post("A title", "A body")
    settle()
    posts.delete_post(gone.id)
    settle()

    for address in (f"/posts/{gone.id}/", f"/posts/{uuid4()}/", "/posts/x/", "/nothing"):
        assert "There is nothing at this address" in get(client, address, status=404).text


def test_what_people_write_is_text_and_never_markup(client: Client) -> None:
    evil = "<script>alert(1)</script><b>&amp;</b>\n\n  {{ settings }} {% now 'Y' %}"
    post = posts.create_post(evil, evil, author=evil)
    comments.create_comment(post.id, evil[:80], evil)
    settle()

    for address in ("/", f"/posts/{post.id}/"):
        shown = get(client, address)
        assert all(script.attributes["src"] for script in shown.all("script"))
        assert evil in "".join(shown.raw)


@pytest.mark.parametrize("size", [0, 1, page.POSTS_PER_PAGE])
def test_the_page_takes_four_queries_at_most_and_all_on_its_own_database(
    client: Client, size: int
) -> None:
    for number in range(size):
        post = posts.create_post(f"Post {number}", "Text", author="Ann")
        for _ in range(11 if number == 0 else 2):
            comments.create_comment(post.id, "Bob", "Text")
    settle()
    addresses = ["/"] + ([f"/posts/{post.slug}/", "/?min_position=1"] if size else [])

    for address in addresses:
        with ExitStack() as stack:
            counts = {
                alias: stack.enter_context(CaptureQueriesContext(connections[alias]))
                for alias in connections
            }
            shown = get(client, address)
        assert len(counts.pop("query")) <= 4
        assert [alias for alias, count in counts.items() if len(count)] == []
        assert bool(shown.ids("comment-")) == bool(size)


def test_a_page_is_not_cached_for_another_reader(client: Client) -> None:
    response = client.get("/")

    assert response.headers["Cache-Control"] == "private, no-cache"


def test_the_browser_may_show_it_again_whatever_became_of_its_cookies(client: Client) -> None:
    """So that who goes back has the same form, with its key."""
    assert "Cookie" not in client.get("/").headers.get("Vary", "")


@pytest.mark.parametrize("address", ["/", f"/posts/{UUID(int=1)}/"])
def test_reading_is_all_that_one_can_do_at_the_pages_addresses(
    client: Client, address: str
) -> None:
    posts.create_post("A title", "A body", post_id=UUID(int=1))
    settle()

    assert client.post(address).status_code == 405
    assert client.head(address, follow=True).status_code == 200


@pytest.fixture
def held(settings: LazySettings) -> None:
    """What no rule touches waits for a person."""
    settings.MODERATION_DEFAULT = "hold"


def test_what_is_not_approved_is_not_listed_but_counted(
    client: Client, post: Post, held: None
) -> None:
    _, approved, rejected = (
        comments.create_comment(post.id, "Bob", text).id for text in ("Waits.", "Good.", "Bad.")
    )
    settle()
    moderation.decide(approved, "approved", decided_by="mo")
    moderation.decide(rejected, "rejected", decided_by="mo")
    settle()

    for address in ("/", f"/posts/{post.id}/"):
        shown = get(client, address)
        assert shown.ids("comment-") == [f"comment-{approved}"]
        assert "Good." in shown.inside(f"comment-{approved}")
        assert "1 comment is awaiting moderation." in shown.text
        assert not {"Waits.", "Bad.", "rejected"} & set(shown.text.split())


def test_only_the_browser_that_sent_it_reads_a_comment_that_waits(
    client: Client, post: Post, held: None
) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "Mine to read."})
    settle()
    [comment] = Comment.objects.all()

    for address in ("/", f"/posts/{post.id}/"):
        own = get(client, address).inside(f"comment-{comment.id}")
        assert "Mine to read." in own
        assert "awaiting moderation" in own
        assert "Mine to read." not in get(Client(), address).html
        forged = Client()
        forged.cookies["own_comments"] = client.cookies["own_comments"].value[:-1] + "x"
        assert "Mine to read." not in get(forged, address).html


def test_a_rejected_comment_is_shown_to_its_sender_alone(client: Client, post: Post) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "An orange one."})
    settle()
    staff = Client()
    staff.force_login(User.objects.create_superuser("mo", password="x"))

    assert "An orange one." in get(client, f"/posts/{post.id}/").text
    for reader in (Client(), staff):
        assert not get(reader, f"/posts/{post.id}/").ids("comment-")


def test_texts_are_formatted_and_only_posts_have_images(client: Client) -> None:
    text = "A **bold** word\n\n![A bell](https://a.example/bell.png)"
    post = posts.create_post("Formatted", f"# Chapter\n{text}")
    comments.create_comment(post.id, "Ann", text)
    settle()
    response = client.get(f"/posts/{post.id}/", follow=True)
    shown = Page(response.text)
    assert len(shown.all("strong")) == 3
    assert [image.attributes["alt"] for image in shown.all("img")] == ["A bell"]
    assert len(shown.all("a", href="https://a.example/bell.png")) == 1
    assert [heading.attributes.get("id") for heading in shown.all("h2")] == ["comments-heading"]
    assert "img-src 'self' data: https: http:;" in response.headers["Content-Security-Policy"]
    response = client.get("/")
    assert not Page(response.text).all("img")
    assert "img-src 'self' data:;" in response.headers["Content-Security-Policy"]
