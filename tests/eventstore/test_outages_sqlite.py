"""Whatever may become of SQLite's file is told apart from a program that is wrong."""

import sqlite3
from pathlib import Path

import pytest

from eventstore.outages import in_one_line, is_outage
from tests.eventstore.databases_apart import _unblocked as _unblocked
from tests.eventstore.databases_apart import connect, error_of, filled


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    connection = connect(filled(f"sqlite:///{tmp_path}/full.sqlite3"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")
    full = error_of(connection, f"INSERT INTO kept VALUES (2, '{'x' * 10_000}')")
    assert is_outage(full)
    assert in_one_line(full) == "database or disk is full"
    connection.close()


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    assert is_outage(error_of(connect(f"sqlite:///{tmp_path}/gone/x.sqlite3"), "SELECT 1"))


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
