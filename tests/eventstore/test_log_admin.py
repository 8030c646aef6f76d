"""The log in the admin: all its pages, its filters and its search, and what they read of it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventstore import changelists, store
from eventstore.models import Event
from tests.eventstore.events import NOON, append, new_event
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

LOG = "/admin/eventstore/event/"
CAUSE = UUID(int=7, version=4)


@pytest.fixture
def staff(transactional_db: None) -> Client:
    return browser_of("superuser")


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are searched in the newest 100 events."""
    monkeypatch.setattr(admin.site._registry[Event], "searched_rows", 100)


@pytest.fixture
def log() -> list[Event]:
    """251 events: of each ten, the first is about a post and the others are about comments."""
    append(*_new())
    return list(Event.objects.all())


def _new() -> Iterator[store.NewEvent]:
    yield new_event(id=CAUSE, correlation_id="the first request", data='{"title": "Rare"}')
    for number in range(250):
        if number % 10 == 0:
            yield new_event("PostUpdated", correlation_id=f"request {number}")
        else:
            yield new_event("CommentCreated", source="comments", data=f'{{"n": {number}}}')


def positions(staff: Client, **query: Any) -> list[int]:
    """Those that the list shows, in its order."""
    response = staff.get(f"{LOG}?{urlencode(query)}")
    assert response.status_code == 200, response.headers
    return [event.position for event in response.context["cl"].result_list]


def between(newest: int, oldest: int) -> list[int]:
    return list(range(newest, oldest - 1, -1))


def test_every_page_has_its_events_in_both_orders(staff: Client, log: list[Event]) -> None:
    assert positions(staff) == between(251, 152)
    assert positions(staff, p=2) == between(151, 52)
    assert positions(staff, p=3) == between(51, 1)
    assert positions(staff, o=0) == between(100, 1)[::-1]
    assert positions(staff, o=0, p=3) == between(251, 201)[::-1]
    assert staff.get(LOG, {"p": 4}).headers["Location"] == f"{LOG}?e=1"
    assert "251 events" in staff.get(LOG).text


def test_an_event_has_a_history_in_the_admin(staff: Client, log: list[Event]) -> None:
    assert staff.get(f"{LOG}1/history/").status_code == 200


def test_an_empty_log_has_a_page(staff: Client) -> None:
    assert positions(staff) == []
    assert positions(staff, appended="today") == []


def test_neither_page_nor_search_by_id_reads_the_log(
    staff: Client, log: list[Event], searched: None
) -> None:
    event = log[100]
    queries: list[dict[str, Any]] = [
        {},
        {"p": 3},
        {"o": 0, "p": 2},
        {"appended": "week"},
        {"q": event.subject},
    ]
    for query in queries:
        with CaptureQueriesContext(connections["eventstore"]) as captured:
            positions(staff, **query)
        assert len(captured) < 20
        for each in captured:
            sql = each["sql"].upper()
            assert "DISTINCT" not in sql
            assert "OFFSET" not in sql or sql.endswith("LIMIT 1 OFFSET 99")  # the newest
            assert "COUNT(" not in sql or "LIMIT" in sql, sql
            assert "LIKE" not in sql or "POSITION" in sql.split("LIKE")[0].split("WHERE")[1]


def test_filters_combine_with_each_other_and_with_a_search(staff: Client, log: list[Event]) -> None:
    posts = [event.position for event in log if event.type == "PostUpdated"]
    assert positions(staff, type__exact="PostUpdated") == posts[::-1]
    assert positions(staff, type__exact="PostUpdated", o=0) == posts
    assert positions(staff, type__exact="PostDeleted") == []
    old = timedelta(days=400)
    Event.objects.filter(position__lte=posts[-2]).update(appended_at=datetime.now(UTC) - old)
    assert positions(staff, appended="year") == between(251, posts[-2] + 1)
    assert positions(staff, appended="year", type__exact="PostUpdated") == [posts[-1]]
    old_post, other = str(log[posts[0] - 1].subject), str(log[5].subject)
    assert positions(staff, q=old_post, type__exact="PostUpdated") == [posts[0]]
    assert positions(staff, q=old_post, appended="year") == []
    assert positions(staff, q=other, type__exact="PostUpdated") == []


def test_an_id_finds_events_of_any_age(staff: Client, log: list[Event], searched: None) -> None:
    effects = [new_event(causation_id=CAUSE, correlation_id="the first request") for _ in range(2)]
    append(*effects, *(new_event() for _ in range(150)))
    assert positions(staff, q=CAUSE) == [253, 252, 1]
    assert positions(staff, q=str(CAUSE).upper().replace("-", "")) == [253, 252, 1]
    assert positions(staff, q=log[1].subject) == [2]
    assert positions(staff, q=" the first request ") == [253, 252, 1]
    assert positions(staff, q=uuid4()) == []
    about = f'{{"post_id": "{log[1].subject}"}}'
    append(new_event("CommentCreated", data=about))  # and what has it among its data
    assert positions(staff, q=log[1].subject) == [404, 2]
    assert positions(staff, q=log[1].subject, words="all") == [404, 2]


def test_one_request_with_very_many_events_is_found_with_all_pages(
    staff: Client, log: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelists, "MAX_EXACT", 50)
    assert (
        positions(staff, q="a request", p=2)
        == [event.position for event in reversed(log) if event.correlation_id == "a request"][
            100:200
        ]
    )


def test_words_are_found_in_the_newest_events_and_on_demand_in_all(
    staff: Client, log: list[Event], searched: None
) -> None:
    assert positions(staff, q="249") == [251]
    assert positions(staff, q="rare") == []
    html = staff.get(LOG, {"q": "rare"}).text
    assert "The newest 100" in html
    everywhere = re.search(r'href="(\?[^"]*words=all[^"]*)"', html)
    assert everywhere
    assert "q=rare" in everywhere[1]
    assert positions(staff, q="rare", words="all") == [1]
    assert positions(staff, q="rare", type__exact="PostCreated") == [1]  # the newest of this type
    assert "words=all" not in staff.get(LOG).text


def test_what_is_narrowed_is_counted_up_to_a_limit(
    staff: Client, log: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelists, "MAX_COUNTED", 20)
    comments = [event.position for event in log if event.type == "CommentCreated"][::-1]
    assert positions(staff, type__exact="CommentCreated") == comments[:100]
    assert "120+ events" in staff.get(f"{LOG}?type__exact=CommentCreated").text
    assert positions(staff, type__exact="CommentCreated", p=3) == comments[200:]
    assert "225 events" in staff.get(f"{LOG}?type__exact=CommentCreated&p=3").text
    assert "25 events" in staff.get(f"{LOG}?type__exact=PostUpdated").text


@pytest.mark.parametrize(
    ("minutes", "position"), [(-1, 1), (0, 1), (1, 2), (5, 3), (6, 3), (60, 4)]
)
def test_the_first_event_since_a_time(minutes: int, position: int) -> None:
    """The first and the last were appended by a program that did not know the column."""
    append(*(new_event(time=NOON + timedelta(minutes=at)) for at in (0, 1, 7)))
    Event.objects.filter(position__in=(1, 3)).update(appended_at=None)
    Event.objects.filter(position=2).update(appended_at=NOON + timedelta(minutes=2))
    assert store.first_position_since(NOON + timedelta(minutes=minutes)) == position


def test_events_of_a_type_are_found_by_an_index_and_those_about_something_by_its_own(
    staff: Client, log: list[Event]
) -> None:
    """SQLite chooses by the form of a statement alone."""
    if connections["eventstore"].vendor != "sqlite":
        pytest.skip("other databases choose by statistics, and this log is short")
    type_, subject = "event_of_type", "eventstore_event_subject"
    queries: list[tuple[dict[str, Any], str]] = [
        ({"type": "PostUpdated"}, type_),
        ({"type": "PostUpdated", "after": 200}, type_),
        ({"type": "PostUpdated", "subject": log[1].subject}, subject),
        ({"type": "PostUpdated", "correlationid": "request 0"}, "event_journey"),
    ]
    for query, index in queries:
        with CaptureQueriesContext(connections["eventstore"]) as captured:
            found = staff.get("/api/events/", query).json()["results"]
        assert {event["type"] for event in found} == {"PostUpdated"}
        (statement,) = captured
        with connections["eventstore"].cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement['sql']}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert index in plan
