"""Fixtures of the event store's tests."""

from collections.abc import Iterator

import pytest

from tests.eventstore.processes import Processes
from tests.own import databases


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(kind, marks=pytest.mark.xdist_group(kind))
        for kind in ("sqlite", "postgresql", "mariadb")
    ],
)
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    """On SQLite, PostgreSQL and MariaDB, one after the other. What tests write there stays."""
    folder = tmp_path_factory.mktemp(request.param)
    with databases(request.param, folder) as url:
        yield Processes(folder, url)
