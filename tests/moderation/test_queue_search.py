"""The queue among very many comments: an old one is found, and no page reads all of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation import models
from moderation.models import Decision, Review, Status
from tests.moderation.moderating import QUEUE, shown
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

OLD, POST = UUID(int=1, version=4), UUID(int=2, version=4)


@pytest.fixture(autouse=True)
def _searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are searched in the newest 20 comments, and of an author with 10 comments."""
    monkeypatch.setattr(admin.site._registry[Review], "searched_rows", 20)
    monkeypatch.setattr(models, "MAX_OF_AUTHOR", 10)


@pytest.fixture
def reviews() -> list[Review]:
    """One old comment, and 40 newer ones of two authors; all are decided on, a day after."""
    now = timezone.now()
    old = {"comment_id": OLD, "post_id": POST, "author": "Zoë Rare", "matched_term": "plum"}
    rows = [Review(**old, content="a plum", created_at=now - timedelta(days=500))]
    rows += [
        Review(
            comment_id=uuid4(),
            post_id=uuid4(),
            author="Ann" if n % 2 else "Ben",
            content=f"number {n}",
            created_at=now - timedelta(days=60 - n),
        )
        for n in range(40)
    ]
    for row in rows:
        row.status, row.decided_by = Status.APPROVED, "filter"
        row.decided_at = row.created_at + timedelta(days=1)
    rows[0].decided_at, rows[0].decided_by, rows[0].status = now, "mo", Status.REJECTED
    return Review.objects.bulk_create(rows)


def newest(reviews: Sequence[Review], number: int) -> list[str]:
    return [review.content for review in reviews[: -number - 1 : -1]]


def test_an_old_comment_is_found_by_id_post_and_author(
    moderator: Client, reviews: list[Review]
) -> None:
    for text in (OLD, str(POST).upper(), OLD.hex, "Zoë Rare", " zoe  rare "):
        assert shown(moderator, q=str(text)) == ["a plum"]
    assert shown(moderator, q=str(OLD), status__exact="rejected") == ["a plum"]
    assert shown(moderator, q=str(OLD), status__exact="approved") == []
    assert shown(moderator, q=str(uuid4())) == []


def test_words_are_found_in_the_newest_and_on_demand_in_all(
    moderator: Client, reviews: list[Review]
) -> None:
    assert shown(moderator, q="number") == newest(reviews, 20)
    assert shown(moderator, q="ann") == newest(reviews, 20)[::2]  # who wrote very many
    assert shown(moderator, q="plum") == []
    assert shown(moderator, q="plum", words="all") == ["a plum"]
    html = moderator.get(QUEUE, {"q": "plum"}).text
    assert "the newest 20" in html
    assert "words=all" in html
    assert "words=all" not in moderator.get(QUEUE).text


def test_words_and_an_author_are_found_together(moderator: Client, reviews: list[Review]) -> None:
    Review.objects.filter(pk=reviews[-1].pk).update(content="by Zoe Rare, they say")
    found = ["by Zoe Rare, they say", "a plum"]
    assert shown(moderator, q="zoe rare") == found
    assert shown(moderator, q="zoe rare", words="all") == found


def test_the_newest_of_what_is_filtered_are_searched(
    moderator: Client, reviews: list[Review]
) -> None:
    """So whoever narrows the list finds older ones."""
    assert shown(moderator, q="plum", status__exact="rejected") == ["a plum"]
    assert shown(moderator, q="plum", decided_by="mo") == ["a plum"]
    assert shown(moderator, q="plum", matched_term="plum") == ["a plum"]


def test_filters_combine_and_the_last_decision_is_first_among_those_of_a_time(
    moderator: Client, reviews: list[Review]
) -> None:
    now = timezone.now()
    since = {"decided_at__gte": str(now - timedelta(days=41))}
    assert shown(moderator, **since) == ["a plum", *newest(reviews, 21)]
    assert shown(moderator, **since, status__exact="rejected") == ["a plum"]
    assert shown(moderator, decided_by="mo", status__exact="approved") == []
    assert shown(moderator, matched_term="plum", status__exact="rejected") == ["a plum"]


def test_each_filter_and_search_goes_along_an_index(
    moderator: Client, reviews: list[Review]
) -> None:
    """SQLite chooses by the form of a statement alone."""
    if connections["moderation"].vendor != "sqlite":
        pytest.skip("other databases choose by statistics, and these tables are short")
    Decision.objects.create(
        comment_id=OLD, decided_by="mo", decided_at=timezone.now(), by_person=True
    )
    today = str(timezone.now() - timedelta(days=1))
    queries: list[dict[str, Any]] = [
        {},
        {"status__exact": "rejected"},
        {"matched_term": "plum"},
        {"matched_term": "plum", "status__exact": "rejected"},
        {"decided_by": "mo", "status__exact": "rejected"},
        {"decided_at__gte": today, "status__exact": "rejected"},
        {"q": str(OLD)},
        {"q": "zoe rare"},
        {"q": "nothing has this"},
    ]
    for query in queries:
        with CaptureQueriesContext(connections["moderation"]) as captured:
            shown(moderator, **query)
        for step in (step for each in captured for step in plan_of(each)):
            of_all = "SCAN moderation_review", "SCAN moderation_decision"
            assert not step.startswith(of_all) or ("q" in query and "INDEX" in step), (query, step)


def plan_of(statement: dict[str, Any]) -> list[str]:
    if not statement["sql"].startswith("SELECT"):
        return []
    with connections["moderation"].cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement['sql']}")
        return [str(row[-1]) for row in cursor.fetchall()]


@pytest.mark.parametrize("path", ["figures/", "?decided_by=mo"])
def test_decisions_of_persons_are_read_along_an_index(
    moderator: Client, reviews: list[Review], path: str
) -> None:
    if connections["moderation"].vendor != "sqlite":
        pytest.skip("other databases choose by statistics, and these tables are short")
    with CaptureQueriesContext(connections["moderation"]) as captured:
        assert moderator.get(f"{QUEUE}{path}").status_code == 200
    plans = [plan_of(each) for each in captured if '"moderation_decision"' in each["sql"]]
    assert plans
    for plan in plans:
        assert any(step.startswith("SEARCH moderation_decision") for step in plan), plan


@pytest.mark.parametrize(("author", "number"), [("Zoë Rare", 1), ("Zoë", 0), ("Ann", 20)])
def test_the_api_finds_all_comments_of_an_author_with_few_or_many(
    reviews: list[Review], author: str, number: int
) -> None:
    client = browser_of("moderator")
    with CaptureQueriesContext(connections["moderation"]) as captured:
        response = client.get("/api/moderation/reviews/", {"author": author, "limit": "50"})
    assert [each["author"] for each in response.json()["results"]] == [author] * number
    if connections["moderation"].vendor == "sqlite" and author != "Ann":
        steps = [step for each in captured for step in plan_of(each)]
        assert steps
        assert not [step for step in steps if step.startswith("SCAN moderation_review")]
