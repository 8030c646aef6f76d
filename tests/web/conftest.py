"""The posts service, served by a real process, and connections to it."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests import running
from tests.own import command, environment
from tests.running import SECONDS as SECONDS


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of that process."""
    env = environment(tmp_path_factory.mktemp("posts"), SERVICES="posts", THROTTLE_WRITES="")
    for alias in ("eventstore", "posts"):
        command(env, "manage.py", "migrate", "--database", alias)
    with running.served(env) as port:
        yield port


@pytest.fixture
def connection(served: int) -> Iterator[HTTPConnection]:
    """It sends all of a request before it looks at the answer, as most programs do."""
    with closing(HTTPConnection("127.0.0.1", served, timeout=SECONDS)) as connection:
        yield connection
