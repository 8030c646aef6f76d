"""What only grows stays small: task results by age and by number, SQLite's journals."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_results.models import TaskResult

from config.databases import database
from config.sqlite.base import DatabaseWrapper
from eventstore import housekeeping, tasks

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def _due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_kept_at", float("-inf"))


def results(*names: str, age: timedelta = timedelta()) -> None:
    for name in names:
        TaskResult.objects.create(task_id=name)
    TaskResult.objects.filter(task_id__in=names).update(date_done=timezone.now() - age)


def names() -> list[str]:
    return list(TaskResult.objects.order_by("pk").values_list("task_id", flat=True))


def test_old_results_expire(settings: LazySettings) -> None:
    age = timedelta(seconds=settings.CELERY_RESULT_EXPIRES)
    results("young at first", age=age - timedelta(minutes=1))
    results("old", age=age + timedelta(seconds=1))
    results("young")
    tasks.sweep("query")
    assert names() == ["young at first", "young"]


@pytest.mark.parametrize(
    ("limit", "kept"), [(0, []), (1, ["4"]), (3, ["2", "3", "4"]), (5, ["0", "1", "2", "3", "4"])]
)
def test_the_newest_results_are_kept_up_to_a_number(
    settings: LazySettings, limit: int, kept: list[str]
) -> None:
    settings.RESULT_LIMIT = limit
    results(*map(str, range(5)))
    tasks.sweep("query")
    assert names() == kept


def test_many_are_deleted_in_steps_over_several_sweeps(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RESULT_LIMIT = 2
    monkeypatch.setattr(housekeeping, "BATCH_ROWS", 3)
    monkeypatch.setattr(housekeeping, "MAX_BATCHES", 2)
    results(*map(str, range(10)))
    with CaptureQueriesContext(connections["default"]) as statements:
        tasks.sweep("query")
    assert names() == ["6", "7", "8", "9"]
    assert sum(each["sql"].startswith("DELETE") for each in statements) == 2
    tasks.sweep("query")
    assert names() == ["8", "9"]
    results("10", "11")
    tasks.sweep("query")  # done a moment ago
    assert len(names()) == 4


def test_a_database_that_fails_keeps_no_sweep_from_its_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(housekeeping, "_surplus_results", fail)
    monkeypatch.setattr(housekeeping, "truncate_journal", fail)
    tasks.sweep("query")
    assert "old task results stay: the disk is full" in caplog.text
    assert "the journal of eventstore stays: the disk is full" in caplog.text


# --- Journals, of a file


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """As the settings make them; its database has a table of texts."""
    settings = database("query", f"sqlite:///{tmp_path}/file.sqlite3", tmp_path)
    defaults = {"TIME_ZONE": None, "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True}
    connection = DatabaseWrapper({**settings, **defaults}, "query")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE texts (text)")
        yield connection


def journal(connection: BaseDatabaseWrapper) -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def write(connection: BaseDatabaseWrapper, megabytes: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(megabytes):
            cursor.execute("INSERT INTO texts VALUES (randomblob(1000000))")


def reader(connection: BaseDatabaseWrapper) -> sqlite3.Connection:
    """Another process's, which reads from the database as it is now."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM texts").fetchone()
    return other


def test_a_journal_that_a_reader_made_grow_is_emptied_afterwards(
    connection: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "MAX_JOURNAL_BYTES", 5_000_000)
    with closing(reader(connection)):
        write(connection, megabytes=9)
        housekeeping.truncate_journal(connection)
        assert journal(connection).stat().st_size > 9_000_000
    housekeeping.truncate_journal(connection)
    assert journal(connection).stat().st_size == 0
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM texts").fetchone() == (9,)
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)


def test_a_journal_gives_back_its_size_when_it_begins_anew(
    connection: BaseDatabaseWrapper,
) -> None:
    with closing(reader(connection)):
        write(connection, megabytes=9)
    write(connection, megabytes=2)
    assert journal(connection).stat().st_size < 5_000_000


def test_a_journal_of_the_usual_size_is_left_alone(connection: BaseDatabaseWrapper) -> None:
    with closing(reader(connection)):
        write(connection, megabytes=3)
    size = journal(connection).stat().st_size
    housekeeping.truncate_journal(connection)
    assert journal(connection).stat().st_size == size > 3_000_000
