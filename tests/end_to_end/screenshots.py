"""``python -m tests.end_to_end.screenshots [FOLDER]``: the README's pictures (docs/page.png and
docs/comparison.png), of the program as it runs and of the kept run of the comparison.
"""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

from config.processes.paths import BASE
from lab.sandbox import sandbox
from lab.stack import Run
from tests.end_to_end.browsing import SETTINGS, launched, reload_until, write_comment, write_post

WINDOW = {"width": 1000, "height": 1000}


def main(folder: Path) -> None:
    with (
        sandbox(DJANGO_SETTINGS_MODULE="config.settings", **SETTINGS) as box,
        Run("run", box.environment) as run,
        launched() as browser,
        browser.new_context(viewport=WINDOW) as context,  # type: ignore[arg-type]
    ):
        page = context.new_page()
        _write(page, run)
        page.goto(run.address)
        page.screenshot(path=folder / "page.png")
        page.goto(f"{run.address}/comparison/#reads")
        page.screenshot(path=folder / "comparison.png")
        run.stop()


def _write(page: Page, run: Run) -> None:
    """Two posts, and a comment of each status: the last one while moderation is stopped."""
    write_post(page, run.address, "What to plant in autumn", "Garlic, broad beans, and tulips.")
    _comment(page, "What to plant in autumn", "Add some winter lettuce.", "Cleo", "approved")
    write_post(page, run.address, "A walk in the rain", "The river has reached the second step.")
    _comment(page, "A walk in the rain", "I was out too, on the other side.", "Ann", "approved")
    _comment(page, "A walk in the rain", "Buy ORANGES, cheap oranges, here!", "Bob", "rejected")
    stop = [sys.executable, "-m", "config.processes", "stop", "moderation"]
    subprocess.run(stop, cwd=BASE, env=run.environment, check=True)
    _comment(page, "A walk in the rain", "Is the bridge open?", "Dora", "awaiting moderation")


def _comment(page: Page, title: str, text: str, author: str, status: str) -> None:
    page.get_by_role("link", name=title, exact=True).first.click()
    reload_until(page, write_comment(page, text, author), status)
    page.get_by_role("link", name="Hindsight").first.click()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else BASE / "docs")
