"""The query API: posts with their comments from the read model alone, and its cache."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from comments import services as comments
from moderation import services as moderation
from moderation.models import Rule
from posts import services as posts
from posts.models import Post
from query.models import PostView
from query.remembered import Memory, memory
from tests.calls import every_page
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def write_comments(post: Post, count: int) -> None:
    for n in range(count):
        comments.create_comment(
            post.id, "Ann", f"Comment {n}", created_at=NOON + timedelta(minutes=n)
        )
    settle()


def test_a_post_comes_with_its_comments(client: Client, post: Post) -> None:
    write_comments(post, 2)

    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown | {"comments": [], "author": ""} == {
        "id": str(post.id),
        "title": "A title",
        "slug": "a-title",
        "body": "A body",
        "author": "",
        "created_at": post.created_at.isoformat().replace("+00:00", "Z"),
        "comment_count": 2,
        "counts": {"approved": 2, "pending": 0, "rejected": 0},
        "comments": [],
        "comments_next": None,
    }
    first, second = shown["comments"]
    assert (first["content"], second["content"]) == ("Comment 0", "Comment 1")
    names = {"id", "parent_id", "author", "content", "status", "created_at", "reason"}
    assert set(first) == names
    [listed] = client.get("/api/query/posts/").json()["results"]
    assert listed == {name: value for name, value in shown.items() if name != "comments_next"}


def test_a_list_shows_the_newest_ten_comments_of_each_post(client: Client, post: Post) -> None:
    other = posts.create_post("Another", "A body")
    write_comments(post, 12)
    write_comments(other, 3)

    shown = {entry["title"]: entry for entry in client.get("/api/query/posts/").json()["results"]}
    assert [shown[title]["comment_count"] for title in ("A title", "Another")] == [12, 3]
    told = [comment["content"] for comment in shown["A title"]["comments"]]
    assert told == [f"Comment {n}" for n in range(2, 12)]
    assert len(shown["Another"]["comments"]) == 3


def test_one_post_shows_its_first_hundred_comments_and_where_the_rest_is(
    client: Client, post: Post
) -> None:
    write_comments(post, 103)

    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown["comment_count"] == 103
    rest = every_page(client, shown["comments_next"])
    assert [len(page) for page in rest] == [3]
    told = [comment["content"] for comment in [*shown["comments"], *rest[0]]]
    assert told == [f"Comment {n}" for n in range(103)]


def test_edits_deletions_and_decisions_arrive(client: Client, post: Post) -> None:
    write_comments(post, 3)
    address = f"/api/query/posts/{post.id}/"
    first, second, third = client.get(address).json()["comments"]

    posts.update_post(post.id, title="Better")
    comments.update_comment(first["id"], content="Edited")
    comments.delete_comment(second["id"])
    moderation.decide(third["id"], "rejected", decided_by="Mo")
    settle()

    shown = client.get(address).json()
    assert (shown["title"], shown["comment_count"]) == ("Better", 1)
    told = [(comment["content"], comment["status"]) for comment in shown["comments"]]
    assert told == [("Edited", "approved"), ("", "rejected")]


def test_what_is_not_there_is_404(client: Client, post: Post) -> None:
    for address in (f"/api/query/posts/{uuid4()}/", f"/api/query/posts/{uuid4()}/comments/"):
        assert client.get(address).status_code == 404
    posts.delete_post(post.id)
    settle()
    assert client.get(f"/api/query/posts/{post.id}/").status_code == 404
    assert client.get("/api/query/posts/").json()["results"] == []


def test_reading_takes_a_fixed_number_of_queries(
    client: Client, post: Post, django_assert_max_num_queries: object
) -> None:
    posts.create_post("Another", "A body")
    for count in (1, 30):
        write_comments(post, count)
        for address in ("/api/query/posts/", f"/api/query/posts/{post.id}/"):
            with django_assert_max_num_queries(4, using="query"):  # type: ignore[operator]
                client.get(address)


LIST = "/api/query/posts/"


def test_a_second_response_costs_one_query(
    client: Client, post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = client.get(LIST)

    with django_assert_num_queries(1, using="query"):
        second = client.get(LIST)

    assert second.content == first.content
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert second.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("known", ["*", "the tag"])
def test_only_what_is_there_is_unchanged(client: Client, post: Post, known: str) -> None:
    """The tag is that of every address."""
    tag = client.get(LIST).headers["ETag"] if known == "the tag" else known

    def status(path: str) -> int:
        memory.keep("", "", b"")  # nothing is remembered, also by this process
        return client.get(path, headers={"If-None-Match": tag}).status_code

    assert status(LIST) == 304
    assert status(f"{LIST}{post.id}/") == 304
    assert status(f"{LIST}?since=yesterday") == 400
    assert status(f"{LIST}{post.id}/comments/?limit=many") == 400
    assert status(f"{LIST}{uuid4()}/") == 404


def test_a_known_version_is_304(client: Client, post: Post) -> None:
    tag = client.get(LIST).headers["ETag"]

    again = client.get(LIST, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag


def test_the_next_event_makes_a_new_response(client: Client, post: Post) -> None:
    tag = client.get(LIST).headers["ETag"]
    posts.create_post("Another title", "Another body")
    settle()

    later = client.get(LIST, headers={"If-None-Match": tag})

    assert [entry["title"] for entry in later.json()["results"]] == ["Another title", "A title"]
    assert later.headers["ETag"] != tag


def test_a_rebuild_makes_a_new_response(client: Client, post: Post) -> None:
    """It stands at the same position, but its rows may be others: here it mends what was lost."""
    PostView.objects.all().delete()
    assert client.get(LIST).json()["results"] == []

    call_command("replay_events")

    assert len(client.get(LIST).json()["results"]) == 1


def test_the_browser_that_sent_a_comment_sees_its_own(client: Client, post: Post) -> None:
    Rule.objects.create(term="wait", action="hold")
    others = Client()
    address = f"/api/query/posts/{post.id}/"
    data = {"author": "Ann", "content": "Wait for me"}
    client.post(f"/api/posts/{post.id}/comments/", data, content_type="application/json")
    settle()

    assert contents(others, address) == [""]
    assert contents(client, address) == ["Wait for me"]
    assert contents(others, address) == [""]


def test_staff_see_what_the_public_does_not(client: Client, post: Post) -> None:
    comments.create_comment(post.id, "Ann", "An orange")
    settle()
    staff = Client()
    staff.force_login(User.objects.create_user("staff", is_staff=True))

    assert (contents(client, LIST), contents(staff, LIST), contents(client, LIST)) == (
        [""],
        ["An orange"],
        [""],
    )


@pytest.mark.parametrize("headers", [{"Cache-Control": "no-cache"}, {"Accept": "text/html"}])
def test_who_wants_it_afresh_gets_it_afresh(
    client: Client, post: Post, headers: dict[str, Any]
) -> None:
    client.get(LIST)
    PostView.objects.all().delete()  # no event has removed it

    assert b"A title" not in client.get(LIST, headers=headers).content
    assert b"A title" in client.get(LIST).content


def test_each_address_has_its_own_response(client: Client, post: Post) -> None:
    posts.create_post("Another title", "Another body")
    settle()

    for limit in (1, 2, 1, 2):
        assert len(client.get(f"{LIST}?limit={limit}").json()["results"]) == limit


def test_the_memory_has_a_limit() -> None:
    memory = Memory(room=10)
    for url in ("a", "b", "a", "c"):
        if memory.recall("1", url) is None:
            memory.keep("1", url, b"12345")

    assert [memory.recall("1", url) for url in ("a", "b", "c")] == [b"12345", None, b"12345"]


def test_the_memory_knows_one_version() -> None:
    memory = Memory()
    memory.keep("1", "a", b"old")
    memory.keep("2", "b", b"new")

    assert memory.recall("1", "a") is None
    assert memory.recall("2", "a") is None
    assert memory.recall("2", "b") == b"new"


def contents(client: Client, address: str) -> list[str]:
    """The contents of the comments at this address."""
    found = client.get(address).json()
    [post] = found.get("results", [found])
    return [comment["content"] for comment in post["comments"]]
