"""What each task did, as an administrator sees it."""

from typing import Any

import pytest
from django.db import OperationalError
from django_celery_results.models import TaskResult

from eventstore import tasks
from eventstore.consumer import consumers
from posts import services as posts
from tests.eventstore.performing import perform
from tests.pages import Page
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

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


def looked_at(**asked: str) -> Page:
    return Page(browser_of("superuser").get(LIST, asked).text)


@pytest.fixture
def _some_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """query handles two posts, comments their changes too, and then query fails."""

    def fail(*_: Any) -> None:
        raise OperationalError("nobody answers")

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
def test_the_list_says_who_handled_how_much_and_how_far_they_came() -> None:
    failed, comments, query = rows(looked_at())
    assert (comments, query) == (COMMENTS, QUERY)
    assert failed[:5] == ["query", "", "", "failure", "consume"]
    assert failed[5].startswith("Outage: query waits for the database")
    assert "nobody answers" in failed[5]
    assert TaskResult.objects.all().db == "default"


@pytest.mark.usefixtures("_some_runs")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"consumer": "comments"}, ["comments"]),
        ({"consumer": "query"}, ["query", "query"]),
        ({"consumer": "posts"}, []),
        ({"consumer": "nobody"}, ["query", "comments", "query"]),
        ({"status__exact": "FAILURE"}, ["query"]),
        ({"q": "nobody answers"}, ["query"]),
    ],
)
def test_it_is_filtered_and_searched(asked: dict[str, str], found: list[str]) -> None:
    assert [row[0] for row in rows(looked_at(**asked))] == found


@pytest.mark.usefixtures("_some_runs")
def test_times_are_told_to_the_second() -> None:
    done = TaskResult.objects.latest("id").date_done
    assert f"{done:%H:%M:%S}" in looked_at().text


@pytest.mark.usefixtures("_some_runs")
def test_one_that_failed_shows_where() -> None:
    failed = TaskResult.objects.get(status="FAILURE")
    shown = browser_of("superuser").get(f"{LIST}{failed.pk}/change/").text
    assert "Traceback" in shown
    assert "nobody answers" in shown


@pytest.mark.parametrize("result", ["no JSON", "[1]", "7", "[" * 5_000, None, '{"exc_type": 1}'])
def test_a_result_that_nobody_can_read_is_no_error_of_ours(result: str | None) -> None:
    row = TaskResult.objects.create(task_id="odd", result=result, task_args="no list")
    browser = browser_of("superuser")
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        assert browser.get(address).status_code == 200
