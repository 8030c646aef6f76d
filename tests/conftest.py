"""Fixtures that every test may use."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from posts import services as posts
from posts.models import Post
from tests.brokers import own_queues
from tests.emptying import Emptying
from tests.end_to_end.browsing import chromium as chromium
from tests.fuzzing import examples
from tests.histories import settle
from tests.needs import missing

settings.register_profile("suite", examples(100))
settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts processes that several tests share stays in one of pytest-xdist's processes,
    which reads the groups in this same hook."""
    for item in items:
        for shared in {"lab", "chromium", "served"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(shared))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Reports by name what was skipped for want of a server or a browser."""
    for name, tests in missing(terminalreporter.stats.get("skipped", [])).items():
        terminalreporter.write_line(f"Skipped, as {name} was not found: {tests}", yellow=True)


@pytest.fixture(scope="session", autouse=True)
def _own_queues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_queues(str(tmp_path_factory.mktemp("broker"))):
        yield


@pytest.fixture(autouse=True)
def _no_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep in one test makes its process a worker, whose threads would work during the others.
    What they do is called by those that are about it."""
    monkeypatch.setattr("web.background._all", {})


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Throttles count in the cache: each test starts at zero."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """After each transactional test, the databases are as the migrations left them."""
    with django_db_blocker.unblock():
        emptying = Emptying(connections)

    def restore(case: Any) -> None:
        for alias in case._databases_names(include_mirrors=False):
            emptying.restore(alias)

    monkeypatch: Any = TransactionTestCase
    monkeypatch._fixture_teardown = restore


@pytest.fixture
def post(transactional_db: None) -> Post:
    """A post that every service knows."""
    post = posts.create_post("A title", "A body")
    settle()
    return post
