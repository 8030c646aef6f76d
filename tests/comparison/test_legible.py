"""The comparison that the repository keeps can be read, in a window and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.own import environment
from tests.serving import served


@pytest.fixture(scope="module")
def address(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(environment(tmp_path_factory.mktemp("kept"), SERVICES="query")) as port:
        yield f"http://localhost:{port}/comparison/"


def opened(browser: Browser, address: str, width: int, **given: bool) -> Page:
    """The page with all that it folds away, in a window of this width."""
    page = browser.new_context(viewport={"width": width, "height": 800}, **given).new_page()  # type: ignore[arg-type]
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    return page


def test_in_a_window_no_table_and_no_plot_has_to_scroll(chromium: Browser, address: str) -> None:
    page = opened(chromium, address, 1280)
    assert page.locator("table").count() > 10
    assert page.evaluate(SCROLL) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_words_in_plots_are_large_enough(chromium: Browser, address: str, width: int) -> None:
    page = opened(chromium, address, width)
    assert page.evaluate(SMALLEST) > 10.5


def test_on_a_phone_what_scrolls_says_so_and_is_reached_with_keys(
    chromium: Browser, address: str
) -> None:
    page = opened(chromium, address, 360)
    assert page.evaluate(SCROLL) != []
    for box in page.locator(".scrolls").all():
        assert box.get_attribute("tabindex") == "0"
        assert box.get_attribute("aria-label")


def test_without_script_the_button_is_a_button(chromium: Browser, address: str) -> None:
    for width in (360, 1280):
        page = opened(chromium, address, width, java_script_enabled=False)
        box = page.get_by_role("button", name="Show").bounding_box()
        assert box
        assert box["width"] < 150


SCROLL = """() => [...document.querySelectorAll(".scrolls")]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"""
# In pixels of the window.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg.plot text")]
    .filter(each => each.getBoundingClientRect().width)
    .map(each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a))"""
