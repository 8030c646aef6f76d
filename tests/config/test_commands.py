"""Failures of a command are one line on stderr with advice, and an exit code."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import DatabaseError, OperationalError, ProgrammingError, connections

from config.processes.paths import BASE
from config.services import ALL_SERVICES
from eventstore.terminal import failed
from lab.servers import mariadb, postgresql
from tests.away import Away
from tests.away import away as away
from tests.needs import need

ALIASES = ("default", "eventstore", *ALL_SERVICES)
COMMANDS = (
    *("replay_events", "services", "import_wxr", "load_sample", "compare", "create_databases"),
    "startservice",
)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("replay_events --bogus", "unrecognized arguments: --bogus"),
        ("replay_events --batch-size abc", "invalid int value: 'abc'"),
        ("replay_events --verify --missed", "not allowed with"),
        ("replay_events query posts", "unrecognized arguments: posts"),
        ("services extra", "invalid choice: 'extra'"),
        ("services pause query extra", "unrecognized arguments: extra"),
        ("import_wxr", "required: file"),
        ("compare", "required: part"),
        ("compare nothing", "invalid choice: 'nothing'"),
        ("create_databases --all\nof-it", "unrecognized arguments: --all of-it"),
    ],
)
def test_wrong_usage_at_the_command_line(
    capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", *line.split(" ")]).execute()
    out, err = capsys.readouterr()
    assert exited.value.code == 2
    assert (out, err.count("\n")) == ("", 1)
    assert why in err
    assert f"see manage.py {line.split()[0]} --help" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_usage_from_a_program_is_an_exception(command: str) -> None:
    with pytest.raises(CommandError, match=r"unrecognized arguments: --bogus|required: "):
        call_command(command, "--bogus")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", command, "--help"]).execute()
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: manage.py {command}")


needs_databases = pytest.mark.django_db(transaction=True, databases="__all__")
READING = (["services"], ["replay_events"], ["replay_events", "--list"])


@pytest.fixture
def no_tables() -> Iterator[None]:
    """The event store's database is new."""
    connection = connections["eventstore"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE eventstore_head RENAME TO elsewhere")
        yield
        cursor.execute("ALTER TABLE elsewhere RENAME TO eventstore_head")


@needs_databases
@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_missing_tables_are_one_line(no_tables: None, command: list[str]) -> None:
    with pytest.raises(CommandError) as error:
        call_command(*command)
    message = str(error.value)
    assert error.value.returncode == 1
    assert "the database eventstore lacks tables" in message
    assert "`make migrate` makes them" in message
    assert "does not answer" not in message
    assert "\n" not in message


@needs_databases
@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_database_that_is_away_is_one_line(away: Away, command: list[str]) -> None:
    with away("eventstore"), pytest.raises(CommandError) as error:
        call_command(*command)
    assert "does not answer (connection refused): is it running" in str(error.value)
    assert "\n" not in str(error.value)


@needs_databases
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OperationalError('refused\n\tIs it accepting "TCP/IP connections?"'), "(refused): is it"),
        (ProgrammingError("no such table: a"), "lacks tables (no such table: a): `make migrate`"),
        (DatabaseError("no such column: a"), "refused (no such column: a): if its tables are"),
    ],
)
def test_each_kind_of_database_error_has_its_own_advice(error: DatabaseError, message: str) -> None:
    assert message in str(failed(error))


CONNECT: dict[str, Callable[[str], Any]] = {"PostgreSQL": postgresql, "MariaDB": mariadb}


def create_databases(var: Path, url: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "create_databases"],
        cwd=BASE,
        env={**os.environ, "VAR_DIR": str(var), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("server", ["PostgreSQL", "MariaDB"])
def test_missing_databases_are_created_once(server: str, tmp_path: Path) -> None:
    url, prefix = need(server), f"hindsight_{token_hex(4)}"
    try:
        first = create_databases(tmp_path, f"{url}/{prefix}_{{alias}}")
        again = create_databases(tmp_path, f"{url}/{prefix}_{{alias}}")
    finally:
        with closing(CONNECT[server](url)) as connection, closing(connection.cursor()) as cursor:
            for alias in ALIASES:
                cursor.execute(f"DROP DATABASE IF EXISTS {prefix}_{alias}")

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.count("created") == len(ALIASES)
    assert f"posts: {prefix}_posts created" in first.stdout
    assert (again.returncode, again.stdout.count("exists")) == (0, len(ALIASES))


def test_sqlite_needs_nothing(tmp_path: Path) -> None:
    done = create_databases(tmp_path, "")

    assert done.returncode == 0
    assert done.stdout.count("sqlite needs no creating") == len(ALIASES)


def test_a_server_that_is_away_is_one_line(tmp_path: Path) -> None:
    done = create_databases(tmp_path, "postgres://nobody@127.0.0.1:1/x_{alias}")

    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot create the database 'default'" in done.stderr
    assert done.stderr.count("\n") == 1
