"""Replies stand below the comment that began their thread, whatever became of their parents."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services as comments
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query import threads
from tests.calls import send
from tests.histories import settle
from tests.pages import Page, get

AUTHOR = re.compile(r'<b class="author">([^<]+)</b>')
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def reply(post: Post, author: str, parent_id: UUID | None = None) -> UUID:
    return comments.reply(post.id, author, f"By {author}", parent_id).id


def tree(page: Page) -> list[object]:
    """The authors of the comments; those of the replies to one are a list behind it."""
    found: list[object] = []
    for number, html in enumerate(page.html.split('<ol class="replies"')):
        replies, _, rest = html.partition("</ol>") if number else ("", "", html)
        if authors := AUTHOR.findall(replies):
            found.append(authors)
        found += AUTHOR.findall(rest)
    return found


def test_replies_of_any_depth_stand_below_what_began_them(client: Client, post: Post) -> None:
    ann = reply(post, "Ann")
    ben = reply(post, "Ben")
    cid = reply(post, "Cid", ann)
    dee = reply(post, "Dee", cid)
    reply(post, "Eve", ben)
    reply(post, "Fay", dee)
    reply(post, "Gil", ann)
    settle()

    page = get(client, f"/posts/{post.id}/")
    assert tree(page) == ["Ann", ["Cid", "Dee", "Fay", "Gil"], "Ben", ["Eve"]]
    assert "in reply to" not in page.inside(f"comment-{cid}")
    permanent, link = page.all("a", href=f"/posts/{post.slug}/?comment={cid}#comment-{cid}")
    assert permanent.attributes["class"] == "permalink"
    assert "".join(link.raw) == "Cid"
    assert "in reply to Cid" in page.inside(f"comment-{dee}")
    assert [each.attributes["aria-label"] for each in page.all("ol", **{"class": "replies"})] == [
        "Replies to Ann",
        "Replies to Ben",
    ]
    # The list of posts shows the newest ones, one after the other.
    assert "in reply to Dee" in get(client, "/").text
    told = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert [each["parent_id"] for each in told[:3]] == [None, None, str(ann)]


def test_a_reply_whose_parent_is_gone_or_hidden_is_still_shown(client: Client, post: Post) -> None:
    gone, hidden = reply(post, "Ann"), reply(post, "Ben")
    reply(post, "Cid", gone)
    dee = reply(post, "Dee", hidden)
    reply(post, "Eve", dee)
    settle()
    comments.delete_comment(gone)
    moderation.decide(hidden, "rejected", decided_by="Mo")
    moderation.decide(dee, "rejected", decided_by="Mo")
    settle()

    page = get(client, f"/posts/{post.id}/")
    assert page.text.count("A comment that is not shown.") == 2
    assert tree(page) == [["Cid"], ["Eve"]]
    assert "in reply to a comment that is not shown" in page.text
    assert not {"Ann", "Ben", "Dee"} & set(page.text.split())


def test_the_api_refuses_a_parent_that_is_none(client: Client, post: Post) -> None:
    other = posts.create_post("Another", "A body")
    settle()
    elsewhere, gone = reply(other, "Ann"), reply(post, "Ben")
    comments.delete_comment(gone)
    address = f"/api/posts/{post.id}/comments/"
    for parent in (elsewhere, gone, uuid4()):
        response = send(client, "POST", address, {"content": "A", "parent_id": str(parent)})
        assert response.status_code == 400
        detail = "This post has no such comment. It may have been deleted."
        assert response.json() == {"parent_id": [detail]}
    bad: Any
    for bad in ("", "x", [], {}, True):
        response = send(client, "POST", address, {"content": "A", "parent_id": bad})
        assert response.status_code == 400
    for body in ({"content": "A"}, {"content": "A", "parent_id": None}):
        assert send(client, "POST", address, body).json()["parent_id"] is None
    first = send(client, "POST", address, {"content": "A"}).json()["id"]
    answer = send(client, "POST", address, {"content": "A", "parent_id": first})
    assert (answer.status_code, answer.json()["parent_id"]) == (201, first)
    nowhere = f"/api/posts/{uuid4()}/comments/"
    assert send(client, "POST", nowhere, {"content": "A", "parent_id": first}).status_code == 404


def test_one_replies_with_a_form_below_the_comment(client: Client, post: Post) -> None:
    ids = [reply(post, f"Ann{n}") for n in range(threads.COMMENTS_PER_PAGE + 1)]
    settle()
    last = ids[-1]
    page = get(client, f"/posts/{post.id}/?reply={last}")
    assert "Reply to Ann50" in page.inside(f"comment-{last}")
    assert page.find("input", name="parent_id").attributes["value"] == str(last)
    names = list(filter(None, page.ids("")))
    assert len(set(names)) == len(names)

    typed = {"content": "My words", "parent_id": str(last)}
    to = client.post(f"/posts/{post.id}/comments/", typed).headers["Location"]
    settle()
    page = get(client, to.partition("#")[0])
    assert "My words" in page.inside(f"comment-{last}")
    for nothing in (uuid4(), "x", ""):
        assert not get(client, f"/posts/{post.id}/?reply={nothing}").all("input", name="parent_id")


def test_a_reply_to_what_was_deleted_meanwhile_is_not_lost(client: Client, post: Post) -> None:
    ann = reply(post, "Ann")
    settle()
    comments.delete_comment(ann)
    address = f"/posts/{post.id}/comments/"
    typed = {"content": "An hour's work", "parent_id": str(ann), "idempotency_key": "k" * 22}
    response = client.post(address, typed)
    assert response.status_code == 400
    page = Page(response.text)
    assert "does not exist any more" in page.text
    assert "An hour's work" in "".join(page.find("textarea", name="content").raw)
    assert not page.all("input", name="parent_id")
    assert client.post(address, {**typed, "parent_id": ""}).status_code == 302
    assert client.post(address, {**typed, "parent_id": "x"}).status_code == 400


def test_an_error_keeps_what_is_replied_to(client: Client, post: Post) -> None:
    ann = reply(post, "Ann")
    response = client.post(f"/posts/{post.id}/comments/", {"content": "", "parent_id": str(ann)})
    page = Page(response.text)
    assert page.find("input", name="parent_id").attributes["value"] == str(ann)
    assert "Write a reply" in page.text


def test_pages_are_bounded_and_have_each_comment_once(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "COMMENTS_PER_PAGE", 4)
    first = reply(post, "Ann")
    second = reply(post, "Ben")
    for n in range(6):
        reply(post, f"Cid{n}", first)
    last = reply(post, "Dee", second)
    settle()

    shown, address = [], f"/posts/{post.id}/"
    for number in (1, 2, 3):
        page = get(client, f"{address}?page={number}")
        shown.append(tree(page))
    assert shown == [
        ["Ann", ["Cid0", "Cid1", "Cid2"]],
        [["Cid3", "Cid4", "Cid5"], "Ben"],
        [["Dee"]],
    ]
    page = get(client, f"{address}?comment={last}")
    assert "Page 3 of 3" in page.text
    assert "More replies to Ben:" in page.text
    # A reply that comes late moves what stands behind it by one place.
    reply(post, "Late", first)
    settle()
    assert tree(get(client, f"{address}?page=2")) == [["Cid3", "Cid4", "Cid5", "Late"]]


def test_a_page_takes_few_queries_however_deep_the_threads(client: Client, post: Post) -> None:
    parent = None
    for n in range(60):
        parent = reply(post, f"A{n}", parent)
    settle()
    for query in ("", "?page=2", f"?comment={parent}", f"?reply={parent}"):
        with CaptureQueriesContext(connections["query"]) as queries:
            page = get(client, f"/posts/{post.slug}/{query}")
        assert len(queries) <= 6
        assert page.all("ol", **{"class": "replies"})


def test_who_waits_for_moderation_sees_their_reply_in_its_thread(
    client: Client, post: Post, settings: LazySettings
) -> None:
    ann = reply(post, "Ann")
    settle()
    settings.MODERATION_DEFAULT = "hold"
    client.post(f"/posts/{post.id}/comments/", {"content": "Mine", "parent_id": str(ann)})
    settle()
    assert "Mine" in get(client, f"/posts/{post.id}/").inside(f"comment-{ann}")
    assert "Mine" not in get(Client(), f"/posts/{post.id}/").text
