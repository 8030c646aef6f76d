"""The tasks of a worker, and their results, which are kept for a while."""

import json
import logging
from typing import Any, NoReturn
from unittest.mock import Mock
from uuid import UUID

import pytest
from celery import Task
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.utils import timezone
from django_celery_results.models import TaskResult

from comments import services as comments
from eventstore import tasks
from eventstore.consumer import consumers
from eventstore.models import Subscription
from posts import services as posts
from query.models import PostView
from tests.brokers import nudges
from tests.eventstore.events import perform
from tests.pages import Page
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def write(*titles: str) -> UUID:
    """Posts with these titles; returns the id of the last."""
    return [posts.create_post(title, "Body").id for title in titles][-1]


def results() -> list[Any]:
    return [json.loads(text) for text in TaskResult.objects.values_list("result", flat=True)]


def test_a_result_has_consumer_events_handled_and_position() -> None:
    write("One", "Two")
    perform(tasks.consume, "query")
    perform(tasks.sweep, "comments")
    [by_sweep, by_nudge] = TaskResult.objects.order_by("-id")
    assert json.loads(by_nudge.result) == {"consumer": "query", "handled": 2, "position": 2}
    assert json.loads(by_sweep.result) == {"consumer": "comments", "handled": 2, "position": 2}
    assert [by_nudge.status, by_nudge.task_name] == ["SUCCESS", "eventstore.tasks.consume"]
    assert by_sweep.task_name == "eventstore.tasks.sweep"


@pytest.mark.parametrize("task", [tasks.consume, tasks.sweep])
def test_a_run_that_found_nothing_leaves_no_row(task: Task[Any, Any]) -> None:
    perform(task, "query")
    write("One", "Two")
    perform(tasks.consume, "query")
    perform(task, "query")
    assert [result["handled"] for result in results()] == [2]


def test_a_nudge_for_one_event_leaves_no_row_and_a_sweep_that_found_one_does() -> None:
    posts.create_post("One", "Body")
    perform(tasks.consume, "query")
    assert results() == []
    assert consumers()["query"].handled() == 1
    posts.create_post("Two", "Body")
    perform(tasks.sweep, "query")  # its nudge was lost
    assert [result["handled"] for result in results()] == [1]


def test_events_that_are_not_for_a_consumer_leave_no_row_either() -> None:
    comments.create_comment(write("One", "Two"), "Ann", "A word")
    perform(tasks.consume, "comments")
    perform(tasks.consume, "comments")  # the comment is its own
    assert [result["handled"] for result in results()] == [2]
    assert consumers()["comments"].position() == 3


def test_a_run_that_failed_keeps_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("no response")

    posts.create_post("One", "Body")
    monkeypatch.setitem(consumers()["query"].handlers, "PostCreated", fail)
    perform(tasks.consume, "query")
    [failed] = TaskResult.objects.all()
    assert failed.status == "FAILURE"
    assert "no response" in failed.result
    assert consumers()["query"].position() == 0


def test_a_long_catch_up_makes_way_and_goes_on(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONSUMER_BATCH = 1
    for n in range(3):
        posts.create_post(str(n), "Body")
    monkeypatch.setattr(tasks, "CATCH_UP_SECONDS", -1)
    nudges("query")
    perform(tasks.consume, "query")
    assert nudges("query") == ["consume"]
    monkeypatch.setattr(tasks, "CATCH_UP_SECONDS", 60)
    perform(tasks.consume, "query")
    assert nudges("query") == []
    assert PostView.objects.count() == 3


def test_a_sweep_notes_that_the_worker_was_there() -> None:
    before = timezone.now()
    perform(tasks.sweep, "moderation")
    [there] = Subscription.objects.all()
    assert (there.consumer, there.nudged) == ("moderation", False)
    assert there.seen_at is not None
    assert before <= there.seen_at <= timezone.now()
    perform(tasks.sweep, "posts")
    assert Subscription.objects.count() == 1


def test_a_sweep_that_has_nothing_to_carry_leaves_the_store_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    appends = Mock(return_value={})
    monkeypatch.setattr("eventstore.store.locked_head", appends)
    perform(tasks.sweep, "posts")
    appends.assert_not_called()


def test_a_database_that_is_away_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> NoReturn:
        raise OperationalError("connection refused\nIs it running?")

    monkeypatch.setattr(connections["query"], "cursor", refuse)
    perform(tasks.sweep, "query")
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert {record.getMessage() for record in records} >= {
        "query waits for the database ?: connection refused"
    }
    assert not any(record.exc_info or "\n" in record.getMessage() for record in records)


# --- Task results in the admin


LIST = "/admin/django_celery_results/taskresult/"


def rows(page: Page) -> list[list[str]]:
    """The cells of the list, without the time."""
    cells: list[list[str]] = []
    for element in page.elements:
        name = element.attributes.get("class", "")
        if name.startswith("field-done_at"):
            cells.append([])
        elif name.startswith("field-"):
            cells[-1].append(" ".join("".join(element.raw).split()).strip("-"))
    return cells


def result_list(**query: str) -> Page:
    return Page(browser_of("superuser").get(LIST, query).text)


@pytest.fixture
def _some_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """query handles two posts, comments their changes too, and then query fails."""

    def fail(*_: Any) -> None:
        raise OperationalError("no response")

    for title in ("One", "Two"):
        posts.create_post(title, "Body")
    perform(tasks.consume, "query")
    perform(tasks.sweep, "comments")
    posts.create_post("Three", "Body")
    monkeypatch.setitem(consumers()["query"].handlers, "PostCreated", fail)
    perform(tasks.consume, "query")


QUERY = ["query", "2", "2", "success", "consume", ""]
COMMENTS = ["comments", "2", "2", "success", "sweep", ""]


@pytest.mark.usefixtures("_some_runs")
def test_the_list_shows_consumer_events_handled_and_position() -> None:
    failed, comments, query = rows(result_list())
    assert (comments, query) == (COMMENTS, QUERY)
    assert failed[:5] == ["query", "", "", "failure", "consume"]
    assert failed[5].startswith("Outage: query waits for the database")
    assert "no response" in failed[5]
    assert TaskResult.objects.all().db == "default"


@pytest.mark.usefixtures("_some_runs")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"consumer": "comments"}, ["comments"]),
        ({"consumer": "query"}, ["query", "query"]),
        ({"consumer": "posts"}, []),
        ({"consumer": "nobody"}, ["query", "comments", "query"]),
        ({"status__exact": "FAILURE"}, ["query"]),
        ({"q": "no response"}, ["query"]),
    ],
)
def test_it_is_filtered_and_searched(query: dict[str, str], found: list[str]) -> None:
    assert [row[0] for row in rows(result_list(**query))] == found


@pytest.mark.usefixtures("_some_runs")
def test_times_are_shown_to_the_second() -> None:
    done = TaskResult.objects.latest("id").date_done
    assert f"{done:%H:%M:%S}" in result_list().text


@pytest.mark.usefixtures("_some_runs")
def test_one_that_failed_shows_where() -> None:
    failed = TaskResult.objects.get(status="FAILURE")
    shown = browser_of("superuser").get(f"{LIST}{failed.pk}/change/").text
    assert "Traceback" in shown
    assert "no response" in shown


@pytest.mark.parametrize("result", ["no JSON", "[1]", "7", "[" * 5_000, None, '{"exc_type": 1}'])
def test_an_unreadable_result_is_no_error(result: str | None) -> None:
    row = TaskResult.objects.create(task_id="odd", result=result, task_args="no list")
    browser = browser_of("superuser")
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        assert browser.get(address).status_code == 200
