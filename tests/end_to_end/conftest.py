"""Fixtures that start Hindsight for several tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from lab.cable import Cable
from tests.brokers import forget_queues
from tests.end_to_end import browsing
from tests.end_to_end.browsing import executable
from tests.end_to_end.stacks import CABLED, SETTINGS, STACKS, Stack, those
from tests.needs import need
from tests.own import databases
from tests.running import Run


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the monolith's page, which several tests share."""
    executable()
    with Run("run", tmp_path_factory.mktemp("home") / "var", browsing.SETTINGS) as run:
        yield f"http://localhost:{run.port}/"


@pytest.fixture(scope="session", params=those(*STACKS))
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """On one kind of database and broker after the other."""
    kind, broker = STACKS[request.param]
    folder = tmp_path_factory.mktemp("stack")
    with ExitStack() as opened:
        cables, settings = {}, SETTINGS.copy()
        if broker:
            prefix, url = f"test-{uuid4().hex[:8]}-", need(broker)
            opened.callback(forget_queues, url, prefix)
            cables["broker"] = opened.enter_context(Cable(url))
            settings |= {"BROKER_URL": cables["broker"].through(url), "QUEUE_PREFIX": prefix}
        settings["DATABASE_URL"] = opened.enter_context(databases(kind, folder))
        for alias in CABLED if kind != "sqlite" else ():
            url = settings["DATABASE_URL"].format(alias=alias)
            name = "store" if alias == "eventstore" else alias
            cables[name] = opened.enter_context(Cable(url))
            settings[f"{alias.upper()}_DATABASE_URL"] = cables[name].through(url)
        run = opened.enter_context(Run("run", folder / "var", settings))
        yield Stack(run, settings["DATABASE_URL"], cables)
        run.interrupt()
