"""Given the sample, everybody can use every page that has a picture, and that of an empty blog:
on a telephone and on a desk, light and dark."""

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsing import SETTINGS, violations
from tests.end_to_end.screenshots import SCHEMES, WIDTHS, load_sample, shown
from tests.running import Run

THEIRS = {"api"}  # Swagger UI's page, as it comes


@pytest.fixture(scope="module")
def run(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with Run("run", tmp_path_factory.mktemp("sample") / "var", SETTINGS) as run:
        yield run


def test_pages_have_no_violations(chromium: Browser, run: Run) -> None:
    home = f"http://localhost:{run.port}"
    found = list[str]()
    for width, scheme in product(WIDTHS, SCHEMES):
        size = {"width": width, "height": WIDTHS[width]}
        with chromium.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(home)
            expect(page.locator(".begin")).to_contain_text("manage.py load_sample")
            found += [f"empty, {width}, {scheme}: {each}" for each in _faults(page, width)]

    load_sample(run.environment)
    for page, name, width, scheme in shown(chromium, home):
        if name not in THEIRS:
            found += [f"{name}, {width}, {scheme}: {each}" for each in _faults(page, width)]
    assert found == []


def _faults(page: Page, width: int) -> list[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    return violations(page) + ([f"needs {needed} px"] if needed > width else [])
