"""Lists are narrowed by author, time and text, and turned around; nothing hidden is found."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from comments.models import Comment
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HIDDEN = "hidden"
POSTS = ["/api/posts/", "/api/query/posts/"]
COMMENTS = [
    "/api/posts/{}/comments/",
    "/api/comments/?post_id={}",
    "/api/query/posts/{}/comments/",
]
REVIEWS = "/api/moderation/reviews/"


def day(number: int) -> datetime:
    return START + timedelta(days=number)


@pytest.fixture
def five(db: None) -> None:
    """A post of each of five days, by two authors in turn."""
    for n in range(5):
        author = "Bo" if n % 2 else "Ann"
        posts.create_post(f"Day {n}", "100% _pure_ Żółw", author=author, created_at=day(n))
    settle()


def get(browser: Client, address: str, **query: Any) -> Any:
    return browser.get(f"{address}{'&' if '?' in address else '?'}{urlencode(query)}")


def found(browser: Client, address: str, **query: Any) -> list[str]:
    response = get(browser, address, **query)
    assert response.status_code == 200, response.text
    return [each.get("title", each.get("content")) for each in response.json()["results"]]


@pytest.mark.parametrize("address", POSTS)
def test_posts_are_narrowed(client: Client, five: None, address: str) -> None:
    assert found(client, address, author="Bo") == ["Day 3", "Day 1"]
    assert found(client, address, author="bo o") == []
    assert found(client, address, since=day(3).isoformat()) == ["Day 4", "Day 3"]
    assert found(client, address, until=day(1).isoformat()) == ["Day 0"]
    between = {"since": "2026-03-02T13:00:00+01:00", "until": "2026-03-03T12:00:00.000001Z"}
    assert found(client, address, **between) == ["Day 2", "Day 1"]
    assert found(client, address, **between, author="Ann") == ["Day 2"]
    assert found(client, address, search="day 2") == ["Day 2"]
    assert len(found(client, address, search="00% _PURE_")) == 5
    for nothing in ("day%2", "day _", "Day 5", "' OR 1=1 --"):
        assert found(client, address, search=nothing) == []


@pytest.mark.parametrize("ordering", ["created_at", "-created_at"])
@pytest.mark.parametrize("address", POSTS)
def test_a_narrowed_list_is_paged_in_both_directions(
    client: Client, five: None, address: str, ordering: str
) -> None:
    query = {"author": "Ann", "limit": 1, "ordering": ordering}
    pages = [get(client, address, **query).json()]
    # What is added where the reader has been shifts and repeats nothing.
    behind = day(9) if ordering.startswith("-") else day(-9)
    posts.create_post("Day x", "B", author="Ann", created_at=behind)
    settle()
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())
    titles = [entry["title"] for page in pages for entry in page["results"]]
    expected = ["Day 0", "Day 2", "Day 4"]
    assert titles == (expected[::-1] if ordering.startswith("-") else expected)
    assert client.get(pages[-1]["previous"]).json()["results"] == pages[-2]["results"]


@pytest.fixture
def post_with_comments(settings: LazySettings, post: Post) -> Post:
    """Ann's are approved, pending and rejected, in this order of time; Bo's is approved."""
    settings.MODERATION_DEFAULT = "hold"
    made = [
        comments.create_comment(post.id, author, text, created_at=day(n))
        for n, (author, text) in enumerate(
            [("Ann", "One"), ("Ann", f"Two {HIDDEN}"), ("Ann", f"Three {HIDDEN}"), ("Bo", "Four")]
        )
    ]
    settle()
    for comment, status in zip(made, ["approved", "", "rejected", "approved"], strict=True):
        if status:
            moderation.decide(comment.id, status, decided_by="Mo")
    settle()
    return post


@pytest.mark.parametrize("address", COMMENTS)
@pytest.mark.parametrize("kind", ["anonymous", "user"])
def test_the_public_finds_what_is_approved_alone(
    post_with_comments: Post, address: str, kind: str
) -> None:
    browser, path = browser_of(kind), address.format(post_with_comments.id)
    total = len(found(browser, path))
    for query in ({"search": HIDDEN}, {"search": "hid"}, {"search": "Two"}):
        assert found(browser, path, **query) == []
    assert found(browser, path, author="Ann") == ["One"]
    assert found(browser, path, author="Ann", search="o", ordering="-created_at") == ["One"]
    assert found(browser, path, search="o") == ["One", "Four"]
    # When something was written is no secret.
    assert len(found(browser, path, since=day(0).isoformat())) == total
    assert len(found(browser, path, since=day(1).isoformat())) == total - 1


@pytest.mark.parametrize("address", COMMENTS)
def test_a_sender_does_not_find_their_own_before_it_is_approved(
    post: Post, settings: LazySettings, address: str
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    sender = Client()
    sent = {"content": HIDDEN, "author": "Ann"}
    sender.post(f"/api/posts/{post.id}/comments/", sent, "application/json")
    settle()
    path = address.format(post.id)
    assert found(sender, path) == [HIDDEN]
    assert found(sender, path, search=HIDDEN) == []


@pytest.mark.parametrize("address", COMMENTS)
@pytest.mark.parametrize("kind", ["moderator", "staff", "superuser"])
def test_who_moderates_finds_all_and_filters_by_status(
    post_with_comments: Post, address: str, kind: str
) -> None:
    browser, path = browser_of(kind), address.format(post_with_comments.id)
    assert found(browser, path, search=HIDDEN) == [f"Two {HIDDEN}", f"Three {HIDDEN}"]
    assert len(found(browser, path, author="Ann")) == 3
    assert found(browser, path, status="pending") == [f"Two {HIDDEN}"]
    assert found(browser, path, status="approved", author="Bo") == ["Four"]
    assert found(browser, path, status="rejected", search="One") == []


@pytest.mark.parametrize("address", COMMENTS)
def test_a_status_is_for_moderators(post_with_comments: Post, address: str) -> None:
    path = address.format(post_with_comments.id)
    for kind, status in (("anonymous", 401), ("user", 403)):
        browser = browser_of(kind)
        for value in ("pending", "approved"):
            answer = get(browser, path, status=value)
            assert answer.status_code == status
            assert answer.json() == {"detail": "Only moderators may filter by status."}


def test_reviews_are_narrowed(post_with_comments: Post) -> None:
    mo = browser_of("moderator")
    assert len(found(mo, REVIEWS, author="Ann")) == 3
    assert found(mo, REVIEWS, search=HIDDEN, status="rejected") == [f"Three {HIDDEN}"]
    assert found(mo, REVIEWS, search="o", status="approved", ordering="created_at") == [
        "One",
        "Four",
    ]
    since = mo.get(REVIEWS).json()["results"][1]["created_at"]
    assert found(mo, REVIEWS, since=since) == ["Four", f"Three {HIDDEN}"]


def test_a_filter_that_is_no_time_is_explained(client: Client) -> None:
    for time in ("2026-11-27T09:30:00", "2026-11-27", "yesterday"):
        answer = get(client, "/api/posts/", since=time)
        assert answer.status_code == 400
        [error] = answer.json()["since"]
        assert error.startswith("Send a time with its zone, as 2026-11-27T09:30:00Z")


def test_one_post_takes_no_filter(client: Client, post: Post) -> None:
    for name in ("search", "ordering", "author"):
        answer = client.get(f"/api/query/posts/{post.id}/?{name}=created_at")
        assert (answer.status_code, answer.json()) == (400, {name: ["Unknown parameter."]})


def test_a_filtered_list_is_as_many_queries(
    client: Client, post_with_comments: Post, django_assert_num_queries: Any
) -> None:
    address = f"/api/query/posts/{post_with_comments.id}/comments/"
    client.get(address)
    query = {"author": "Ann", "search": "o", "since": day(0).isoformat(), "ordering": "-created_at"}
    with django_assert_num_queries(3, using="query"):
        get(client, address, **query)
    assert Comment.objects.count() == 4
