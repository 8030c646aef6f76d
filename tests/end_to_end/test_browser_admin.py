"""The lists of the admin, as a browser lays them out."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsing import log_in, reload_until, write_comment, write_post

LISTS = (
    "moderation/review/",
    "moderation/rule/",
    "comments/comment/",
    "posts/post/",
    "eventstore/event/",
    "query/parkedevent/",
    "django_celery_results/taskresult/",
)
CUT = """() => [document.documentElement, ...document.querySelectorAll(".results, .actions")]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.className)"""


@pytest.mark.parametrize("width", [360, 1280])
def test_no_list_is_cut(chromium: Browser, home: str, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 700}) as context:
        page, title = context.new_page(), f"Wide at {width} {'W' * 150}"
        write_post(page, home, title)
        page.get_by_role("link", name=title, exact=True).first.click()
        write_comment(page, f"{width}{'w' * 400}", "W" * 80)
        log_in(page, f"{home}admin/")
        page.goto(f"{home}admin/moderation/review/")
        reload_until(page, page.locator("#result_list"), f"{width}www")
        for address in LISTS:
            page.goto(f"{home}admin/{address}")
            assert page.evaluate(CUT) == [], address


def test_a_moderator_decides_on_a_phone(chromium: Browser, home: str) -> None:
    with chromium.new_context(viewport={"width": 360, "height": 700}) as context:
        page = context.new_page()
        write_post(page, home, "For a phone")
        page.get_by_role("link", name="For a phone", exact=True).first.click()
        write_comment(page, "Seen on a phone", "Ann")
        log_in(page, f"{home}admin/")
        page.goto(f"{home}admin/moderation/review/")
        reload_until(page, page.locator("#result_list"), "Seen on a phone")
        row = page.get_by_role("row").filter(has_text="Seen on a phone")
        row.get_by_role("checkbox").check()
        assert width_of(page, "Action:") > 200
        assert width_of(page, "Reason:") > 200
        page.get_by_label("Action:").select_option("reject")
        page.get_by_role("button", name="Go").click()
        expect(page.locator(".messagelist")).to_contain_text("Rejected 1 comment.")


def width_of(page: Page, label: str) -> float:
    box = page.get_by_label(label).bounding_box()
    assert box
    return box["width"]
