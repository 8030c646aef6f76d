"""The comparison in a browser; the process that serves it has no database."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.comparison import figures
from tests.end_to_end.browsing import CONTRAST
from tests.own import environment
from tests.running import served


@pytest.fixture(scope="module")
def address(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the page as query serves it, with nothing in its folder but results."""
    var = tmp_path_factory.mktemp("comparison")
    keep(var)
    with served(environment(var, SERVICES="query")) as port:
        yield f"http://localhost:{port}/comparison/"
    assert not list(var.glob("*.sqlite3"))


def keep(var: Path) -> None:
    parts = msgspec.to_builtins(figures.everything())
    path = var / "comparison" / "last_run.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"schema": 1, "parts": parts}))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context() as context:
        yield context.new_page()


def slider_of(page: Page) -> Locator:
    return page.get_by_role("slider", name="Delay of the network on each hop")


def shown(page: Page, delay: int) -> None:
    """The plot and the numbers of this delay are there, and of no other."""
    expect(page.get_by_role("img", name=f"with {delay} ms of delay")).to_be_visible()
    expect(page.locator("[data-panel]").locator("visible=true")).to_have_count(1)
    numbers = page.locator("summary", has_text=f"by number of posts, {delay} ms of delay")
    expect(numbers).to_be_visible()
    expect(slider_of(page)).to_have_value(str(delay))
    expect(slider_of(page)).to_have_attribute("aria-valuetext", f"{delay} ms a hop")
    expect(page.locator("output")).to_have_text(f"{delay} ms a hop")


def test_the_slider_switches_at_once_and_stops_only_where_was_measured(
    page: Page, address: str
) -> None:
    page.goto(address)
    shown(page, 0)
    expect(page.get_by_role("button", name="Show")).to_be_hidden()

    for delay in (1, 5, 5):
        slider_of(page).press("ArrowRight")
        shown(page, delay)
        assert page.url == f"{address}?delay={delay}"
    for delay in (1, 0):
        slider_of(page).press("ArrowLeft")
        shown(page, delay)
    slider_of(page).fill("4")
    shown(page, 5)
    page.get_by_role("link", name="0 ms", exact=True).click()
    shown(page, 0)
    page.goto(f"{address}?delay=5")
    shown(page, 5)


def test_without_script_the_slider_is_a_form_and_its_stops_are_links(
    chromium: Browser, address: str
) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        shown(page, 0)

        slider_of(page).press("End")
        page.get_by_role("button", name="Show").click()
        shown(page, 5)
        assert page.url == f"{address}?delay=5#reads"

        page.get_by_role("link", name="0 ms", exact=True).click()
        shown(page, 0)


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_page_is_never_wider_than_the_window(
    chromium: Browser, address: str, width: int
) -> None:
    with chromium.new_context(viewport={"width": width, "height": 700}) as context:
        page = context.new_page()
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg.plot").first.bounding_box()


def test_the_console_is_empty_under_a_strict_policy(page: Page, address: str) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
    page.route(
        "**/comparison/*",
        lambda route: route.fulfill(
            response=(response := route.fetch()),
            headers={
                **response.headers,
                "content-security-policy": f"{policy}; form-action 'self'",
            },
        ),
    )

    page.goto(address)
    slider_of(page).press("End")

    shown(page, 5)
    assert messages == []


def test_keys_lead_through_the_page_and_into_its_tables(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="What it costs").press("Enter")
    assert page.url.endswith("#cost")

    closed = page.locator("#cost summary").filter(has_text="Every time")
    closed.press("Enter")
    expect(page.get_by_role("region", name="Every time")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("role", "region")


def test_light_and_dark_are_both_readable(chromium: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        with chromium.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            page.goto(address)
            for name in (
                ".question",
                ".run",
                ".note",
                ".advice dd",
                ".holds .mark",
                ".in-part .mark",
                ".source",
                "thead th",
                ".stops a",
                ".contents a",
            ):
                ratio = page.locator(name).locator("visible=true").last.evaluate(CONTRAST)
                assert ratio >= 4.5, (scheme, name, ratio)


@pytest.fixture(scope="module")
def kept_address(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(environment(tmp_path_factory.mktemp("kept"), SERVICES="query")) as port:
        yield f"http://localhost:{port}/comparison/"


def opened(browser: Browser, kept_address: str, width: int, **options: bool) -> Page:
    """The page with all that it folds away, in a window of this width."""
    page = browser.new_context(viewport={"width": width, "height": 800}, **options).new_page()  # type: ignore[arg-type]
    page.goto(kept_address)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    return page


def test_in_a_window_no_table_and_no_plot_has_to_scroll(
    chromium: Browser, kept_address: str
) -> None:
    page = opened(chromium, kept_address, 1280)
    assert page.locator("table").count() > 10
    assert page.evaluate(SCROLL) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_words_in_plots_are_large_enough(
    chromium: Browser, kept_address: str, width: int
) -> None:
    page = opened(chromium, kept_address, width)
    assert page.evaluate(SMALLEST) > 10.5


def test_on_a_phone_what_scrolls_is_labelled_and_reached_with_keys(
    chromium: Browser, kept_address: str
) -> None:
    page = opened(chromium, kept_address, 360)
    assert page.evaluate(SCROLL) != []
    for box in page.locator(".scrolls").all():
        assert box.get_attribute("tabindex") == "0"
        assert box.get_attribute("aria-label")


def test_without_script_the_button_is_a_button(chromium: Browser, kept_address: str) -> None:
    for width in (360, 1280):
        page = opened(chromium, kept_address, width, java_script_enabled=False)
        box = page.get_by_role("button", name="Show").bounding_box()
        assert box
        assert box["width"] < 150


SCROLL = """() => [...document.querySelectorAll(".scrolls")]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"""
# In pixels of the window.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg.plot text")]
    .filter(each => each.getBoundingClientRect().width)
    .map(each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a))"""
