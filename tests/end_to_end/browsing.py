"""A real browser: started, and driven through the pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.needs import require
from tests.running import SECONDS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # Chromium has no sandbox for root, as whom tests run in containers.
    *(["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []),
]

PASSWORD = "for tests only"  # of "admin"
# A browser is an impatient client on a busy machine: no limit that it meets is for it.
SETTINGS = {"POSITION_WAIT": "30", "THROTTLE_WRITES": "", "ADMIN_PASSWORD": PASSWORD}
expect.set_options(timeout=SECONDS * 1000)


def executable() -> str:
    """The system's Chromium, or what ``CHROMIUM`` in the environment names. Skips the test at
    hand where there is none."""
    found = next(filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *NAMES])), "")
    require("Chromium", found)
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for the whole session: while it runs, Django takes this process for an asynchronous one
    and refuses access to its databases."""
    with launched() as browser:
        yield browser


@contextmanager
def launched() -> Iterator[Browser]:
    """The system's Chromium, running."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


def log_in(page: Page, admin: str) -> None:
    """Goes to this address of the admin, as its administrator."""
    page.goto(admin)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def write_post(page: Page, home: str, title: str, body: str = "A body") -> None:
    """Opens the page and publishes a post with its form."""
    page.goto(home)
    form = page.locator("#write")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.get_by_label("Title").fill(title)
    form.get_by_label("Text").fill(body)
    form.get_by_role("button", name="Publish").click()


def write_comment(page: Page, text: str, author: str = "") -> Locator:
    """Sends the comment form of the post's page at hand; the comment, as it is then shown."""
    page.get_by_label("Comment", exact=True).fill(text)
    page.get_by_label("Your name").fill(author)
    page.get_by_role("button", name="Send comment").click()
    return page.locator("li.comment:target")


def reload_until(page: Page, shown: Locator, text: str) -> None:
    """Load the page at hand again until ``shown`` has the text in it."""
    _reload(page, shown, text, there=True)


def reload_while(page: Page, shown: Locator, text: str) -> None:
    """Load the page at hand again until ``shown`` has the text no more."""
    _reload(page, shown, text, there=False)


def _reload(page: Page, shown: Locator, text: str, *, there: bool) -> None:
    end = monotonic() + SECONDS
    while (text in (found := shown.inner_text())) != there:
        assert monotonic() < end, f"{text!r} {'did not come' if there else 'stayed'} in {found!r}"
        page.reload()


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page at hand, each with the elements where it does."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


# The contrast of an element's text with its background (WCAG 2).
CONTRAST = """element => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(c => c / 255).map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  let ground = element;
  while (channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
    .map(channels).map(light).sort((a, b) => b - a);
  return (a + .05) / (b + .05);
}"""
