"""A real browser on a real Hindsight."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

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

# A browser is an impatient client on a busy machine: no limit that it meets is for it.
SETTINGS = {"POSITION_WAIT": "30", "THROTTLE_WRITES": ""}
expect.set_options(timeout=SECONDS * 1000)


def chromium() -> str:
    """The system's Chromium, or what ``CHROMIUM`` in the environment names. Skips the test at
    hand where there is none."""
    found = next(filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *NAMES])), "")
    require("Chromium", found)
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """The system's Chromium, running."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


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
    end = monotonic() + SECONDS
    while text not in (found := shown.inner_text()):
        assert monotonic() < end, f"no {text!r} came, but {found!r}"
        page.reload()
