"""Databases that are none of the project's, with one table, and their errors."""

import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from django.db import Error
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from config.databases import database
from lab.servers import mariadb, postgresql
from tests.needs import need
from tests.own import SERVER_OF


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
    kind, name = str(request.param), f"hindsight_{os.getpid()}_{token_hex(3)}"
    if kind == "sqlite":
        yield filled(f"sqlite:///{tmp_path}/kept.sqlite3")
        return
    server = need(SERVER_OF[kind])
    opened: Any = postgresql(server) if kind == "postgresql" else mariadb(server)
    with opened as there, there.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield filled(f"{server}/{name}")
        finally:
            cursor.execute(f"DROP DATABASE {name}")


def filled(url: str) -> str:
    connection = connect(url)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id INT PRIMARY KEY, what VARCHAR(5) NOT NULL)")
        cursor.execute("INSERT INTO kept VALUES (1, 'a')")
    connection.close()
    return url
