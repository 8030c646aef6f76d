"""A database that does not respond costs a bounded time, whatever the reason: a silent network, a
server that responds byte by byte, locks that others hold, on every kind of database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from django.db import Error
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from config.databases import database
from eventstore import deadlines
from eventstore.outages import is_outage
from lab.cable import Cable
from lab.errors import wait_until
from tests.own import server_database

MARGIN_SECONDS = 4.0  # for a machine that does much else, and for what is done at the limit
LONG = 20_000  # bytes
SERVERS = ["postgresql", "mariadb"]
LIMITS = """
SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
    current_setting('synchronous_commit')
"""


@pytest.fixture(autouse=True)
def _unblocked(
    django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """These databases are none of the project's, and no server hangs when a test begins."""
    monkeypatch.setattr(deadlines, "_hanging", {})
    with django_db_blocker.unblock():
        yield


@pytest.fixture(params=["sqlite", *SERVERS])
def url(request: pytest.FixtureRequest, tmp_path: Path, _unblocked: None) -> Iterator[str]:
    """A database with the tables ``a`` and ``b``, each with one row."""
    kind = str(request.param)
    if kind == "sqlite":
        yield filled(f"sqlite:///{tmp_path}/kept.sqlite3")
        return
    with server_database(kind) as url:
        yield filled(url)


def filled(url: str) -> str:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in ("a", "b"):
            cursor.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, what TEXT NOT NULL)")
            cursor.execute(f"INSERT INTO {table} VALUES (1, '{'x' * LONG}')")
    return url


def connect(url: str) -> Any:
    """A connection of Django's, with our settings."""
    return ConnectionHandler({"default": database("posts", url, Path())})["default"]


@contextmanager
def transaction_of(connection: Any) -> Iterator[None]:
    connection.set_autocommit(False)
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.set_autocommit(True)


def execute(connection: Any, statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def seconds_until_outage(do: Callable[[], object]) -> float:
    start = monotonic()
    with pytest.raises(Error) as raised:
        do()
    assert is_outage(raised.value), raised.value
    return monotonic() - start


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("many", [False, True])
def test_a_transaction_has_its_limits_whichever_statement_begins_it(url: str, many: bool) -> None:
    rows = [(2, "two"), (3, "three")]
    with closing(connect(url)) as connection, deadlines.within(7), transaction_of(connection):
        with connection.cursor() as cursor:
            insert = "INSERT INTO a VALUES (%s, %s)"
            if many:
                cursor.executemany(insert, rows)
            else:
                for row in rows:
                    cursor.execute(insert, row)
        assert execute(connection, "SELECT id FROM a ORDER BY id") == [(1,), (2,), (3,)]
        [[lock, idle, commit]] = execute(connection, LIMITS)
    assert (lock[0] in "67", idle, commit) == (True, "30s", "on")


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_behind_a_silent_network_a_statement_fails_and_the_next_one_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "PROBE_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(deadlines, "RETRY_SECONDS", MARGIN_SECONDS)
    with Cable(url) as cable, ExitStack() as stack:
        first, second, third = (
            stack.enter_context(closing(connect(cable.through(url)))) for _ in range(3)
        )
        first.ensure_connection()
        second.ensure_connection()
        elsewhere = stack.enter_context(closing(connect(url)))
        cable.freeze()
        with deadlines.within(60):
            took = seconds_until_outage(lambda: execute(first, "SELECT 1"))
            assert took < 0.5 + deadlines.PROBE_SECONDS + MARGIN_SECONDS
            for connection in (first, second, third):  # open, or to be opened
                assert seconds_until_outage(lambda: execute(connection, "SELECT 1")) < 0.5  # noqa: B023
            assert execute(elsewhere, "SELECT 1") == [(1,)]
        cable.thaw()
        first.close()

        def responds() -> bool:
            with suppress(Error):
                return execute(first, "SELECT id FROM a") == [(1,)]
            return False

        wait_until(responds, 30, "it does not come back")
        assert execute(second, "SELECT id FROM a") == [(1,)]


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_login_that_gets_no_response_has_a_limit_too(url: str) -> None:
    with Cable(url) as cable, closing(connect(cable.through(url))) as connection:
        cable.freeze()
        assert seconds_until_outage(connection.ensure_connection) < 3 + MARGIN_SECONDS
        assert seconds_until_outage(connection.ensure_connection) < 0.5


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_response_that_trickles_in_has_the_same_limit(url: str) -> None:
    with Cable(url) as cable, closing(connect(cable.through(url))) as connection:
        connection.ensure_connection()
        cable.trickle(0.005)  # 100 s for the row
        with deadlines.within(1):
            took = seconds_until_outage(lambda: execute(connection, "SELECT what FROM a"))
        assert took < 1 + MARGIN_SECONDS
        cable.trickle(0)


def test_several_locks_have_one_limit_together(url: str) -> None:
    with closing(connect(url)) as other, closing(connect(url)) as connection:
        with transaction_of(other):
            execute(other, "UPDATE a SET what = 'theirs'")
            execute(other, "UPDATE b SET what = 'theirs'")
            start = monotonic()
            with deadlines.within(2):
                for table in ("a", "b", "a", "b"):
                    seconds_until_outage(
                        lambda: execute(connection, f"UPDATE {table} SET what = 'ours'")  # noqa: B023
                    )
            assert 1 < monotonic() - start < 2 + MARGIN_SECONDS
        connection.close()
        with deadlines.within(30):  # the locks are free, and the server does not hang
            execute(connection, "UPDATE a SET what = 'ours'")
        assert execute(other, "SELECT what FROM a") == [("ours",)]
        assert execute(other, "SELECT what FROM b") == [("theirs",)]


WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted AND "
    "locktype = 'transactionid' AND pid IN "
    "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND "
    "info LIKE 'UPDATE%%'",
}


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_statement_that_is_given_up_does_not_go_on_in_the_server(url: str) -> None:
    with closing(connect(url)) as other, closing(connect(url)) as connection:
        with transaction_of(other):
            execute(other, "UPDATE a SET what = 'theirs'")
            with deadlines.within(1):
                seconds_until_outage(lambda: execute(connection, "UPDATE a SET what = 'ours'"))
            waiting = WAITING[other.vendor]
            wait_until(lambda: execute(other, waiting) == [(0,)], 5, "it still waits")
        assert execute(other, "SELECT what FROM a") == [("theirs",)]


SLEEP = {"postgresql": "SELECT pg_sleep(1.5)", "mysql": "SELECT SLEEP(1.5)"}


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_command_waits_for_a_long_statement_as_long_as_the_server_lives(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "UNLIMITED_PROBE_AFTER_SECONDS", 0.2)
    monkeypatch.setattr(deadlines, "UNLIMITED_PROBE_SECONDS", 2.0)
    with Cable(url) as cable, closing(connect(cable.through(url))) as connection:
        assert len(execute(connection, SLEEP[connection.vendor])) == 1
        cable.freeze()
        took = seconds_until_outage(lambda: execute(connection, SLEEP[connection.vendor]))
        assert took < 0.2 + 2 + MARGIN_SECONDS


def test_what_takes_long_in_the_server_is_limited_by_the_process(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "_statement_seconds", 1.0)
    with (
        closing(connect(url)) as other,
        closing(connect(url)) as connection,
        transaction_of(other),
    ):
        execute(other, "UPDATE a SET what = 'theirs'")
        took = seconds_until_outage(lambda: execute(connection, "UPDATE a SET what = 'ours'"))
        assert 0.5 < took < 1 + MARGIN_SECONDS


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_limit_for_locks_is_the_transactions(url: str) -> None:
    with closing(connect(url)) as connection:
        with transaction_of(connection):
            assert execute(connection, "SHOW lock_timeout") == [("20s",)]
        with deadlines.within(4.5), transaction_of(connection):
            [[limit]] = execute(connection, "SHOW lock_timeout")
            assert 3_000 < int(limit.removesuffix("ms")) <= 4_500
        assert execute(connection, "SHOW lock_timeout") == [("0",)]


def test_a_limit_holds_in_its_thread_and_what_is_within_it() -> None:
    limits: list[float] = []

    def look() -> None:
        limits.append(deadlines.seconds_left())

    with deadlines.within(5):
        beside = Thread(target=look)
        beside.start()
        beside.join()
        with deadlines.within(60):
            assert 0 < deadlines.seconds_left() <= 5
    assert limits == [float("inf")]


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_client_that_is_cut_off_in_a_transaction_does_not_keep_its_locks(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server cannot know that nothing will come: the connection stays open."""
    monkeypatch.setattr("config.postgresql.base.IDLE_TRANSACTION_SECONDS", 1.0)
    change = "UPDATE a SET what = 'changed' WHERE id = 1"
    with Cable(url) as cable:
        lost, other = connect(cable.through(url)), connect(url)
        if lost.vendor == "mysql":
            assert execute(lost, "SELECT @@idle_transaction_timeout") == [(30,)]
            execute(lost, "SET idle_transaction_timeout = 1")
        lost.set_autocommit(False)
        execute(lost, change)
        cable.forget()
        with closing(other), transaction_of(other):
            execute(other, change)  # fails if the lock is not free within its limit
            [[what]] = execute(other, "SELECT what FROM a")
    assert what == "changed"
    with suppress(Error):
        lost.close()
