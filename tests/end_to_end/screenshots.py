"""``python -m tests.end_to_end.screenshots [FOLDER]``: the pictures of docs/screenshots, of the
program as it runs with the sample, and of the kept run of the comparison.

Each page is taken on a telephone and on a desk, light and dark: NAME-WIDTH-SCHEME.webp.
"""

import base64
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from config.processes.paths import BASE
from lab.sandbox import sandbox
from lab.stack import Run
from tests.end_to_end.browsing import SETTINGS, launched, log_in, reload_until

WIDTHS = {390: 844, 1280: 900}  # and the height of such a screen
SCHEMES = ("light", "dark")
WEBP_QUALITY = 80
TRIED = "Fresh ORANGES, at https://fruit.example/oranges!"


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with (
        sandbox(DJANGO_SETTINGS_MODULE="config.settings", **SETTINGS) as box,
        Run("run", box.environment) as run,
        launched() as browser,
    ):
        load_sample(run.environment)
        for page, name, width, scheme in shown(browser, run.address):
            (folder / f"{name}-{width}-{scheme}.webp").write_bytes(_picture(page))
        run.stop()


def load_sample(environment: Mapping[str, str]) -> None:
    """Into the blog with these settings."""
    command = [sys.executable, "manage.py", "load_sample"]
    subprocess.run(command, cwd=BASE, env=environment, check=True)


def shown(browser: Browser, home: str) -> Iterator[tuple[Page, str, int, str]]:
    """Each page that is worth a picture, open, with its name, width and color scheme. The sample
    is loaded."""
    for width, scheme in product(WIDTHS, SCHEMES):
        size = {"width": width, "height": WIDTHS[width]}
        with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(home)
            for text in ("All 12 comments", "All 42 comments"):
                reload_until(page, page.locator("#main"), text)
            for name, path in {
                "list": "/",
                "search": "/?q=winter",
                "post": "/posts/two-years-with-a-cargo-bike-what-i-would-tell-myself/",
                "comparison": "/comparison/",
                "api": "/api/docs/",
            }.items():
                page.goto(f"{home}{path}")
                yield page, name, width, scheme
                if name == "post":
                    page.locator("#comments").evaluate("each => each.scrollIntoView()")
                    yield page, "threads", width, scheme
            log_in(page, f"{home}/admin/moderation/review/")
            yield page, "queue", width, scheme
            page.goto(f"{home}/admin/moderation/review/figures/")
            yield page, "figures", width, scheme
            page.goto(f"{home}/admin/moderation/rule/test/")
            page.get_by_label("Text").fill(TRIED)
            page.locator("#content input[type=submit]").click()
            expect(page.get_by_role("status")).to_contain_text("Rejected")
            yield page, "rule", width, scheme
            page.goto(f"{home}/admin/moderation/review/?status__exact=rejected")
            rejected = page.locator(".review", has_text="cheap oranges")
            page.goto(str(rejected.locator("h2 a").first.evaluate("link => link.href")))
            page.get_by_role("link", name="Journey").first.click()
            expect(page.locator(".hop").first).to_be_visible()
            yield page, "journey", width, scheme
            page.goto(f"{home}/services/")
            yield page, "services", width, scheme


def _picture(page: Page) -> bytes:
    """What is seen of the page, as WebP."""
    page.wait_for_load_state("networkidle")
    session = page.context.new_cdp_session(page)
    options = {"format": "webp", "quality": WEBP_QUALITY}
    data = session.send("Page.captureScreenshot", options)["data"]
    session.detach()
    return base64.b64decode(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else BASE / "docs" / "screenshots")
