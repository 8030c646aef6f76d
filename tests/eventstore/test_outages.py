"""A database that is away is told apart from a program that is wrong, on every kind of database."""

import pytest
from django.db import Error, OperationalError

from eventstore.outages import in_one_line, is_outage
from lab.cable import Cable
from tests.eventstore.databases_apart import _unblocked as _unblocked
from tests.eventstore.databases_apart import connect, error_of
from tests.eventstore.databases_apart import url as url

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
    told = {what: is_outage(error_of(connection, sql)) for what, sql in WRONG.items()}
    assert told == dict.fromkeys(WRONG, False)
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY[connection.vendor])
    told = {what: is_outage(error_of(connection, sql)) for what, sql in OUTAGE.items()}
    assert told == dict.fromkeys(OUTAGE, True)
    connection.close()


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_one_whose_connection_breaks_and_that_refuses_another(url: str) -> None:
    with Cable.to(url) as cable:
        connection = connect(cable.through(url))
        connection.ensure_connection()
        cable.cut()
        broken, refused = (error_of(connection, "SELECT 1") for _ in range(2))
        connection.close()
        refused = error_of(connection, "SELECT 1")
        assert is_outage(broken)
        assert is_outage(refused)
        assert "\n" not in in_one_line(refused)
        cable.mend()
        with connection.cursor() as cursor:
            cursor.execute("SELECT what FROM kept")
            assert list(cursor.fetchall()) == [("a",)]
        connection.close()


@pytest.mark.parametrize("error", [ValueError("x"), OSError("x"), Error("x")])
def test_what_is_no_databases_error_is_none(error: Exception) -> None:
    assert not is_outage(error)


def test_what_follows_from_an_outage_in_the_same_transaction_is_one() -> None:
    follows = Error("the transaction is broken")
    follows.__cause__ = OperationalError("gone")
    assert is_outage(follows)
