"""Lists come in pages that neither repeat nor skip an entry, whatever is written meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from comments import services as comments
from posts import services as posts
from posts.models import Post
from tests.calls import every_page
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
POST_LISTS = ["/api/posts/", "/api/query/posts/"]


def write(count: int, at: Callable[[int], datetime], title: str = "Post") -> None:
    for n in range(count):
        posts.create_post(f"{title} {n}", "A body", created_at=at(n))
    settle()


def titles(pages: list[list[dict[str, str]]]) -> list[str]:
    return [entry["title"] for page in pages for entry in page]


@pytest.mark.parametrize("address", POST_LISTS)
def test_all_posts_come_newest_first(client: Client, address: str) -> None:
    write(45, lambda n: NOON + timedelta(minutes=n))

    pages = every_page(client, address)
    assert [len(page) for page in pages] == [20, 20, 5]
    assert titles(pages) == [f"Post {n}" for n in reversed(range(45))]


@pytest.mark.parametrize("address", POST_LISTS)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_posts_of_the_same_moment_come_once_each(client: Client, address: str, limit: int) -> None:
    write(7, lambda n: NOON if n else NOON + timedelta(days=1))

    shown = titles(every_page(client, f"{address}?limit={limit}"))
    assert shown[0] == "Post 0"
    assert sorted(shown) == [f"Post {n}" for n in range(7)]


@pytest.mark.parametrize("address", POST_LISTS)
@pytest.mark.parametrize("moment", ["newer", "the same", "older"])
def test_what_is_added_or_deleted_meanwhile_moves_nothing(
    client: Client, address: str, moment: str
) -> None:
    write(9, lambda n: NOON)
    shift = {"newer": 1, "the same": 0, "older": -1}[moment]
    first = client.get(f"{address}?limit=3").json()

    write(9, lambda n: NOON + timedelta(days=shift), title="Added")
    posts.delete_post(first["results"][-1]["id"])
    settle()

    rest = [e for page in every_page(client, first["next"]) for e in page]
    shown = [entry["title"] for entry in first["results"] + rest]
    assert len(shown) == len(set(shown))
    assert {f"Post {n}" for n in range(9)} <= set(shown)


@pytest.mark.parametrize("address", POST_LISTS)
def test_one_can_go_back_the_way_one_came(client: Client, address: str) -> None:
    write(8, lambda n: NOON + timedelta(minutes=n // 3))
    pages = [client.get(f"{address}?limit=3").json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())

    assert pages[0]["previous"] is None
    for earlier, later in zip(reversed(pages[:-1]), reversed(pages[1:]), strict=True):
        back = client.get(later["previous"]).json()
        assert back["results"] == earlier["results"]
        assert client.get(back["next"]).json()["results"] == later["results"]


def test_a_page_whose_entries_are_gone_leads_back_to_the_start(client: Client) -> None:
    write(4, lambda n: NOON + timedelta(minutes=n))
    second = client.get("/api/posts/?limit=2").json()["next"]
    for post in Post.objects.order_by("created_at")[:2]:
        posts.delete_post(post.id)

    page = client.get(second).json()
    assert (page["results"], page["next"]) == ([], None)
    assert client.get(page["previous"]).json()["results"]


@pytest.mark.parametrize("address", [*POST_LISTS, "/api/moderation/reviews/", "/api/events/"])
def test_no_list_is_longer_than_its_limit(address: str, post: Post) -> None:
    for _ in range(105):
        posts.create_post("A", "B", created_at=NOON)
        comments.create_comment(post.id, "Ann", "A")
    settle()

    browser = browser_of("superuser")
    asked = len(browser.get(f"{address}?limit=100000").json()["results"])
    usual = len(browser.get(address).json()["results"])
    assert (usual, asked) == ((100, 421) if "events" in address else (20, 100))


def test_comments_come_in_order_of_time(client: Client, post: Post) -> None:
    for n in range(105):
        moment = NOON + timedelta(minutes=n // 2)
        comments.create_comment(post.id, "Ann", f"Comment {n}", created_at=moment)
    settle()

    for address in (
        f"/api/posts/{post.id}/comments/?",
        f"/api/query/posts/{post.id}/comments/?",
        f"/api/comments/?post_id={post.id}&",
    ):
        for limit in ("", "limit=10"):
            pages = every_page(client, address + limit)
            assert len(pages) == (11 if limit else 2)
            times = [comment["created_at"] for page in pages for comment in page]
            assert times == sorted(times)
            assert len({comment["content"] for page in pages for comment in page}) == 105
