"""The query API: posts with their comments, from the read model alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from comments import services as comments
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
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


def test_a_post_comes_with_all_that_is_said_of_it(client: Client, post: Post) -> None:
    write_comments(post, 2)

    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown | {"comments": [], "author": ""} == {
        "id": str(post.id),
        "title": "A title",
        "body": "A body",
        "author": "",
        "created_at": post.created_at.isoformat().replace("+00:00", "Z"),
        "comment_count": 2,
        "comments": [],
        "comments_next": None,
    }
    first, second = shown["comments"]
    assert (first["content"], second["content"]) == ("Comment 0", "Comment 1")
    assert set(first) == {"id", "author", "content", "status", "created_at"}
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
    assert (shown["title"], shown["comment_count"]) == ("Better", 2)
    told = [(comment["content"], comment["status"]) for comment in shown["comments"]]
    assert told == [("Edited", "approved"), ("", "rejected")]


def test_what_is_not_there_is_404(client: Client, post: Post) -> None:
    for address in (f"/api/query/posts/{uuid4()}/", f"/api/query/posts/{uuid4()}/comments/"):
        assert client.get(address).status_code == 404
    posts.delete_post(post.id)
    settle()
    assert client.get(f"/api/query/posts/{post.id}/").status_code == 404
    assert client.get("/api/query/posts/").json()["results"] == []


def test_reading_asks_a_fixed_number_of_questions(
    client: Client, post: Post, django_assert_max_num_queries: object
) -> None:
    posts.create_post("Another", "A body")
    for count in (1, 30):
        write_comments(post, count)
        for address in ("/api/query/posts/", f"/api/query/posts/{post.id}/"):
            with django_assert_max_num_queries(4, using="query"):  # type: ignore[operator]
                client.get(address)
