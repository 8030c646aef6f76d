"""Fixtures of the event store's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventstore.processes import Processes
from tests.own import databases

KINDS = [
    pytest.param(kind, marks=pytest.mark.xdist_group(kind))
    for kind in ("sqlite", "postgresql", "mariadb")
]


@pytest.fixture(scope="session", params=KINDS)
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    """On SQLite, PostgreSQL and MariaDB, one after the other. What tests write there stays."""
    folder = tmp_path_factory.mktemp(request.param)
    with databases(request.param, folder) as url:
        yield Processes(folder, url)


@pytest.fixture(params=KINDS)
def fresh_processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Processes]:
    """The same, on databases in which nothing has happened."""
    with databases(request.param, tmp_path) as url:
        yield Processes(tmp_path, url)
