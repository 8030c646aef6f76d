"""A database that fails a command is one line that says what to do."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, ProgrammingError, connections

from eventstore.commands import failed
from tests.away import Away
from tests.away import away as away

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

COMMANDS = (["services"], ["replay_events"], ["replay_events", "--list"])


@pytest.fixture
def no_tables() -> Iterator[None]:
    """The event store's database is new."""
    connection = connections["eventstore"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE eventstore_head RENAME TO elsewhere")
        yield
        cursor.execute("ALTER TABLE elsewhere RENAME TO eventstore_head")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_tables_that_are_missing(no_tables: None, command: list[str]) -> None:
    with pytest.raises(CommandError) as error:
        call_command(*command)
    said = str(error.value)
    assert error.value.returncode == 1
    assert "the database eventstore lacks tables" in said
    assert "`make migrate` makes them" in said
    assert "does not answer" not in said
    assert "\n" not in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_that_is_away(away: Away, command: list[str]) -> None:
    with away("eventstore"), pytest.raises(CommandError) as error:
        call_command(*command)
    assert "does not answer (connection refused): is it running" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OperationalError('refused\n\tIs it accepting "TCP/IP connections?"'), "(refused): is it"),
        (ProgrammingError("no such table: a"), "lacks tables (no such table: a): `make migrate`"),
        (DatabaseError("no such column: a"), "refused (no such column: a): if its tables are"),
    ],
)
def test_what_it_says(error: DatabaseError, says: str) -> None:
    assert says in str(failed(error))
