"""A worker's database connections live from task to task, and end with a task that failed."""

from types import SimpleNamespace

import pytest
from celery import current_app
from celery.signals import task_failure, task_prerun
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The aliases whose connections were closed."""
    closed: set[str] = set()

    def close(self: BaseDatabaseWrapper) -> None:
        closed.add(self.alias)

    for each in connections.all():
        each.ensure_connection()
        monkeypatch.setattr(each, "close_at", None)  # the suite may take longer than that
        monkeypatch.setattr(type(each), "close", close)
    return closed


def test_they_stay_from_task_to_task(closed: set[str]) -> None:
    task = SimpleNamespace(request=SimpleNamespace(is_eager=False))
    worker = import_string("celery.fixups.django.DjangoWorkerFixup")(current_app)
    for _ in range(3):
        worker.on_task_prerun(task)
        task_prerun.send(sender=None)
        worker.on_task_postrun(task)
    assert closed == set()


def test_one_that_is_too_old_does_not(closed: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["posts"], "close_at", 0.0)
    task_prerun.send(sender=None)
    assert closed == {"posts"}


def test_a_task_that_fails_leaves_none(closed: set[str]) -> None:
    """It may have been stopped amid a query."""
    task_failure.send(sender=None)
    assert closed == set(connections)


def test_a_broker_that_was_away_for_long_is_tried_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    broker = current_app.connection_for_read("redis://127.0.0.1:1/0")
    intervals: list[float] = []
    with pytest.raises(OperationalError):
        broker.ensure_connection(lambda _, interval: intervals.append(interval), max_retries=9)
    assert max(intervals) == intervals[-1] == 5.0
