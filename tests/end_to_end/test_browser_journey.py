"""The journey of a comment in a browser: reached from the page, and readable on every screen."""

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.browsing import (
    log_in,
    reload_until,
    violations,
    write_comment,
    write_post,
)


@pytest.mark.parametrize("width", [390, 1280])
def test_staff_follow_a_comment_from_the_page(chromium: Browser, home: str, width: int) -> None:
    for scheme in ("light", "dark"):
        viewport = {"width": width, "height": 900}
        with chromium.new_context(viewport=viewport, color_scheme=scheme) as context:  # type: ignore[arg-type]
            page = context.new_page()
            log_in(page, f"{home}admin/")
            write_post(page, home, "Followed")
            page.get_by_role("link", name="Followed", exact=True).first.click()
            comment = write_comment(page, "I like oranges", "Ann")
            comment.get_by_role("link", name="Journey").click()

            reload_until(page, page.locator(".facts"), " ms")  # all of it is done
            decided = page.locator(".hop", has_text="published CommentModerated")
            expect(decided).to_contain_text("rejected, the rule “orange”")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            boxes = [hop.bounding_box() for hop in page.locator(".hop").all()]
            lefts = {round(box["x"]) for box in boxes if box}
            assert len(lefts) == (1 if width == 390 else 3)  # lanes are stacked on a phone
