"""Outages are distinguished from bugs, on every kind of database."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from config.databases import database
from eventstore.outages import in_one_line, is_outage
from lab.cable import Cable
from lab.disk import Disk, can_mount, small_disk
from tests.needs import DISK, require
from tests.own import server_database


def connect(url: str) -> Any:
    """A connection of Django's, with our settings."""
    settings = database("posts", url, Path())
    return ConnectionHandler({"default": settings})["default"]


def error_of(connection: Any, statement: str) -> Error:
    with pytest.raises(Error) as raised, connection.cursor() as cursor:
        cursor.execute(statement)
    return raised.value


@pytest.fixture(autouse=True)
def _unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """These databases are none of the project's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path, _unblocked: None) -> Iterator[str]:
    """A database with a table ``kept`` that has one row."""
    kind = str(request.param)
    if kind == "sqlite":
        yield filled(f"sqlite:///{tmp_path}/kept.sqlite3")
        return
    with server_database(kind) as url:
        yield filled(url)


def filled(url: str) -> str:
    connection = connect(url)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id INT PRIMARY KEY, what VARCHAR(5) NOT NULL)")
        cursor.execute("INSERT INTO kept VALUES (1, 'a')")
    connection.close()
    return url


# --- On every kind of database


READ_ONLY = {
    "sqlite": "PRAGMA query_only = 1",
    "postgresql": "SET default_transaction_read_only = on",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}
OUTAGE = {"no such table": "SELECT * FROM missing", "read-only": "INSERT INTO kept VALUES (1, 'a')"}
WRONG = {
    "no such column": "SELECT missing FROM kept",
    "no statement": "SELEC 1",
    "a key that is there": "INSERT INTO kept VALUES (1, 'a')",
    "a value that is missing": "INSERT INTO kept VALUES (2, NULL)",
}


def test_a_database_that_is_away_and_a_statement_that_is_wrong(url: str) -> None:
    connection = connect(url)
    found = {what: is_outage(error_of(connection, sql)) for what, sql in WRONG.items()}
    assert found == dict.fromkeys(WRONG, False)
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY[connection.vendor])
    found = {what: is_outage(error_of(connection, sql)) for what, sql in OUTAGE.items()}
    assert found == dict.fromkeys(OUTAGE, True)
    connection.close()


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_one_whose_connection_breaks_and_that_refuses_another(url: str) -> None:
    with Cable(url) as cable:
        connection = connect(cable.through(url))
        connection.ensure_connection()
        cable.cut()
        broken, refused = (error_of(connection, "SELECT 1") for _ in range(2))
        connection.close()
        refused = error_of(connection, "SELECT 1")
        assert is_outage(broken)
        assert is_outage(refused)
        assert "\n" not in in_one_line(refused)
        cable.restore()
        with connection.cursor() as cursor:
            cursor.execute("SELECT what FROM kept")
            assert list(cursor.fetchall()) == [("a",)]
        connection.close()


FULL = {
    "postgresql": """
        CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER no_space BEFORE INSERT ON kept EXECUTE FUNCTION no_space()
    """,
    "mysql": """
        CREATE TRIGGER no_space BEFORE INSERT ON kept FOR EACH ROW
        SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'
    """,
}


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_one_that_has_no_space_left(url: str) -> None:
    connection = connect(url)
    with connection.cursor() as cursor:
        cursor.execute(FULL[connection.vendor])
    assert is_outage(error_of(connection, "INSERT INTO kept VALUES (2, 'b')"))
    connection.close()


@pytest.mark.parametrize("error", [ValueError("x"), OSError("x"), Error("x")])
def test_what_is_no_databases_error_is_none(error: Exception) -> None:
    assert not is_outage(error)


def test_what_follows_from_an_outage_in_the_same_transaction_is_one() -> None:
    follows = Error("the transaction is broken")
    follows.__cause__ = OperationalError("gone")
    assert is_outage(follows)


# --- On SQLite, whatever happens to its file


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    connection = connect(filled(f"sqlite:///{tmp_path}/full.sqlite3"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")
    full = error_of(connection, f"INSERT INTO kept VALUES (2, '{'x' * 10_000}')")
    assert is_outage(full)
    assert in_one_line(full) == "database or disk is full"
    connection.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    require(DISK, can_mount())
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        yield disk


def test_a_full_disk_without_space_for_a_journal_is_read_and_written_when_there_is_space(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """The last connection that was closed deleted it."""
    url = filled(f"sqlite:///{disk.folder}/kept.sqlite3")
    connection, other = connect(url), connect(url)
    with disk.full():
        assert rows(connection) == [(1, "a")]
        assert rows(connection) == [(1, "a")]
        assert is_outage(error_of(connection, "INSERT INTO kept VALUES (2, 'b')"))
        connection.close_if_unusable_or_obsolete()  # as before each request and each task
        assert rows(connection) == [(1, "a")]
    [line] = caplog.messages  # and not one for each request
    assert line.startswith("default is only read: its journal cannot be made (")
    # Somebody else finds the space first: what was opened before cannot see what they write.
    with other.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (3, 'c')")
    assert is_outage(error_of(connection, "SELECT * FROM kept"))
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (2, 'b')")
    assert rows(connection) == rows(other) == [(1, "a"), (2, "b"), (3, "c")]
    connection.close()
    other.close()


def test_a_journal_that_holds_something_is_never_left_out(disk: Disk) -> None:
    path = disk.folder / "kept.sqlite3"
    connection = connect(filled(f"sqlite:///{path}"))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (2, 'b')")
    copy = disk.folder / "copy.sqlite3"
    for ending in ("", "-wal"):  # and not its index, which takes more space
        shutil.copy(f"{path}{ending}", f"{copy}{ending}")
    connection.close()
    with disk.full():
        assert is_outage(error_of(connect(f"sqlite:///{copy}"), "SELECT * FROM kept"))
    assert rows(connect(f"sqlite:///{copy}")) == [(1, "a"), (2, "b")]


def rows(connection: Any) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM kept ORDER BY id")
        return list(cursor.fetchall())


def test_a_folder_that_is_gone_or_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("gone", "file"):
        connection = connect(f"sqlite:///{tmp_path}/{folder}/x.sqlite3")
        assert is_outage(error_of(connection, "SELECT 1"))


def test_a_file_that_is_none_of_its(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_text("something else" * 100)
    assert is_outage(error_of(connect(f"sqlite:///{tmp_path}/a.sqlite3"), "SELECT 1"))


def test_a_file_that_another_writes_for_too_long(tmp_path: Path) -> None:
    connection = connect(filled(f"sqlite:///{tmp_path}/busy.sqlite3"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "busy.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_outage(error_of(connection, "DELETE FROM kept"))
    other.close()
    connection.close()


@pytest.mark.parametrize("away", ["deleted", "replaced"])
def test_a_file_that_was_taken_away_is_noticed_and_another_opened(
    tmp_path: Path, away: str
) -> None:
    path = tmp_path / "posts.sqlite3"
    connections = [connect(filled(f"sqlite:///{path}")), connect(f"sqlite:///{path}")]
    for connection in connections:
        connection.ensure_connection()
    if away == "replaced":
        other = tmp_path / "other.sqlite3"
        connect_and_close(other)
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink()
        other.replace(path)
    else:
        path.unlink()  # and its journal stays
    for connection in connections:
        connection.close_if_unusable_or_obsolete()  # as before each request and each task
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS fresh (id INT)")
            cursor.execute("INSERT INTO fresh VALUES (1)")
    with connections[0].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM fresh")
        assert cursor.fetchall() == [(2,)]
    assert is_outage(error_of(connections[0], "SELECT * FROM kept"))
    for connection in connections:
        connection.close()


def connect_and_close(path: Path) -> None:
    connection = connect(f"sqlite:///{path}")
    connection.ensure_connection()
    connection.close()
