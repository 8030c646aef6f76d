"""Two people with a browser each, and Hindsight all in one or as services, there without
JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.end_to_end.browsing import SETTINGS
from tests.running import Run

MODERATION = {"run": 0, "run-services": 3}
"""How far behind the page's the port of moderation's admin is."""


@pytest.fixture(scope="module", params=MODERATION)
def run(
    request: pytest.FixtureRequest, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    var = tmp_path_factory.mktemp("browser") / "var"
    with Run(request.param, var, SETTINGS) as run:
        yield run


@pytest.fixture
def page(chromium: Browser, run: Run) -> Iterator[Page]:
    with chromium.new_context(java_script_enabled=run.command == "run") as context:
        yield context.new_page()


@pytest.fixture
def home(run: Run) -> str:
    # A name, not an address: links and cookies must keep to what the browser used.
    return f"http://localhost:{run.port}/"


@pytest.fixture
def elsewhere(chromium: Browser) -> Iterator[Page]:
    """Somebody else's browser."""
    with chromium.new_context() as context:
        yield context.new_page()
