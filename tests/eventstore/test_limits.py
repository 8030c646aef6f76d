"""A handler that hangs is interrupted, its event retried once and parked; the rest goes on."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import LazySettings
from django.db import OperationalError, connections

from comments.models import Checkpoint as CommentsCheckpoint
from eventstore.consumer import Consumer
from eventstore.contracts import PostCreated
from eventstore.outages import database_of, is_outage
from query.models import Checkpoint, ParkedEvent, PostView, Waypoint
from tests.eventstore.events import NOON, own_consumer, post_created, publish
from tests.eventstore.processes import Processes
from tests.own import SECONDS

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


LONG = 60.0  # much longer than the test waits
SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) "
    "SELECT max(i) FROM n"
)  # the driver does not return from it to Python for a second or more
SLOW_ON_MARIADB = "SELECT sleep(2)"  # it would end the recursion after 1,000 rows


@pytest.fixture
def tried() -> list[str]:
    """The titles of the events that the handler was called with."""
    return []


@pytest.fixture
def consumer(settings: LazySettings, tried: list[str], db: None) -> Iterator[Consumer]:
    """Its handler does what an event's title says."""
    settings.HANDLER_TIME_LIMIT, settings.RETRY_SCALE = 0.2, 0
    with own_consumer(Checkpoint, ParkedEvent, Waypoint) as consumer:

        @consumer.handles(PostCreated)
        def do(event: PostCreated) -> PostView:
            tried.append(event.title)
            _do(event.title, tried)
            return PostView(id=event.post_id, title=event.title, body="", created_at=NOON)

        yield consumer


def _do(what: str, tried: list[str]) -> None:
    match what:
        case "hang":
            time.sleep(LONG)
        case "hang once" if tried.count("hang once") == 1:
            time.sleep(LONG)
        case "hang whatever comes":
            try:
                time.sleep(LONG)
            except Exception:
                time.sleep(LONG)
        case "hang in the database" if tried.count("hang in the database") == 1:
            with connections["query"].execute_wrapper(lambda *_: time.sleep(LONG)):
                PostView.objects.exists()
        case "many statements":
            while True:
                PostView.objects.filter(title__contains="no").exists()
        case "many connections":
            while True:
                connections["query"].close()
                connections["query"].ensure_connection()
        case "one slow statement after many" if tried.count(what) == 1:
            for _ in range(50):
                PostView.objects.exists()
            with connections["comments"].cursor() as cursor:
                cursor.execute(SLOW_ON_MARIADB if cursor.db.vendor == "mysql" else SLOW)
        case "fail slowly":
            time.sleep(0.08)
            raise ValueError("it did")
        case "take its time":
            time.sleep(0.02)
        case "exceed the task's limit":
            raise SoftTimeLimitExceeded


def titles() -> list[str]:
    return sorted(PostView.objects.values_list("title", flat=True))


def parked() -> list[tuple[int, str]]:
    return list(ParkedEvent.objects.values_list("position", "error"))


@pytest.mark.parametrize("how", ["hang", "hang whatever comes"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_it_is_tried_once_more_and_parked_and_the_rest_goes_on(
    consumer: Consumer, tried: list[str], how: str, at: int
) -> None:
    events = [post_created(title) for title in "abc"]
    events[at] = post_created(how)
    publish(*events)
    assert consumer.catch_up() == (2, 3, False)
    assert titles() == sorted(event.title for event in events if event.title != how)
    assert parked() == [(at + 1, "HandlerTimeout: no response within 0.2 seconds")]
    assert tried.count(how) == 2


def test_one_that_hung_only_once_is_handled(consumer: Consumer, tried: list[str]) -> None:
    publish(*map(post_created, ["a", "hang once", "b"]))
    assert consumer.catch_up() == (3, 3, False)
    assert titles() == ["a", "b", "hang once"]
    assert parked() == []


def test_the_time_for_it_is_found_though_the_task_has_none_left(
    consumer: Consumer, tried: list[str]
) -> None:
    """The next task would not know that it has hung before, and would begin anew for ever."""
    publish(*map(post_created, ["hang", "a"]))
    assert consumer.catch_up(seconds=0.1) == (0, 1, True)
    assert len(parked()) == 1
    assert consumer.catch_up() == (1, 2, False)


def test_one_that_fails_slowly_is_tried_less_often(consumer: Consumer, tried: list[str]) -> None:
    publish(post_created("fail slowly"))
    assert consumer.catch_up() == (0, 1, False)
    assert parked() == [(1, "ValueError: it did")]
    assert 2 <= tried.count("fail slowly") <= 4


def test_a_database_that_hangs_is_no_events_fault(consumer: Consumer, tried: list[str]) -> None:
    publish(*map(post_created, ["a", "hang in the database"]))
    with pytest.raises(OperationalError, match="no response within"):
        consumer.catch_up()
    assert (titles(), parked(), consumer.position()) == ([], [], 0)
    assert consumer.catch_up() == (2, 2, False)
    assert titles() == ["a", "hang in the database"]


@pytest.mark.parametrize("how", ["many statements", "many connections"])
def test_a_handler_that_is_slow_in_many_statements_is_no_outage(
    consumer: Consumer, tried: list[str], how: str
) -> None:
    """Wherever in them it is interrupted: each one is short."""
    publish(*map(post_created, ["a", how, "b"]))
    assert consumer.catch_up() == (2, 3, False)
    assert titles() == ["a", "b"]
    assert parked() == [(2, "HandlerTimeout: no response within 0.2 seconds")]
    assert tried.count(how) == 2


def test_the_database_that_did_not_respond_is_named(consumer: Consumer, tried: list[str]) -> None:
    publish(post_created("hang in the database"))
    with pytest.raises(OperationalError) as raised:
        consumer.catch_up()
    assert database_of(raised.value) == "query"
    assert is_outage(raised.value)


def test_one_statement_that_does_not_return_after_many_that_did_is_its_databases_fault(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.HANDLER_TIME_LIMIT = 0.5  # of which the many take a small part, on any machine
    publish(post_created("one slow statement after many"))
    with pytest.raises(OperationalError, match="no response within") as raised:
        consumer.catch_up()
    assert database_of(raised.value) == "comments"
    assert parked() == []
    assert not CommentsCheckpoint.objects.exists()  # its connection can be used again
    assert consumer.catch_up() == (1, 1, False)


def test_nor_is_the_end_of_the_tasks_time(consumer: Consumer) -> None:
    publish(*map(post_created, ["a", "exceed the task's limit"]))
    with pytest.raises(SoftTimeLimitExceeded):
        consumer.catch_up()
    assert (titles(), parked(), consumer.position()) == ([], [], 0)


def test_what_takes_its_time_is_kept_on_the_way(
    consumer: Consumer, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch takes no further event when its time is up."""
    settings.BATCH_TIME = 0.05
    publish(
        *(post_created("take its time") for _ in range(9)), post_created("exceed the task's limit")
    )
    with pytest.raises(SoftTimeLimitExceeded):
        consumer.catch_up()
    assert len(titles()) == consumer.position() >= 3


# --- A real worker: handlers that hang are interrupted or killed, and its work is done


@pytest.mark.parametrize(
    "processes", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True
)
def test_a_real_worker_that_hangs_is_noticed_and_its_work_done(
    processes: Processes, tmp_path: Path
) -> None:
    """One event hangs for ever; one hangs once, where only a kill helps; of one, processes die."""
    posts = [str(uuid4()) for _ in range(3)]
    grave, log = tmp_path / "grave", tmp_path / "log"
    limits = {"TASK_SOFT_TIME_LIMIT": "2", "TASK_TIME_LIMIT": "3", "SWEEP_INTERVAL": "0.3"}
    with log.open("w") as errors:
        worker = processes.start("hanging", grave, stderr=errors, **limits)
        try:
            # With the same limits: a task carries those of the process that sends it.
            report = processes.alone("hung", *posts, **limits)
        finally:
            worker.terminate()
            worker.communicate(timeout=SECONDS)
    assert report == {
        "hang once": ["CommentCreated", "CommentModerated"],
        "hang for ever": ["CommentCreated"],
        "die": ["CommentCreated"],
        "a kind word": ["CommentCreated", "CommentModerated"],
        "parked": [
            "HandlerTimeout: no response within 0.4 seconds",
            "ProcessCrashed: 3 processes died at this event",
        ],
    }, log.read_text()
    assert grave.exists()
    assert "Hard time limit (3s) exceeded" in log.read_text()
