"""A person presses twice, or goes back and presses again, with JavaScript and without."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsing import write_post


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(java_script_enabled=request.param) as context:
        yield context.new_page()


@pytest.fixture
def title(page: Page, home: str) -> str:
    """The title of a new post, whose page is at hand."""
    title = f"Pressed twice {uuid4().hex[:8]}"
    write_post(page, home, title)
    page.get_by_role("link", name=title, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return title


def test_a_double_click_makes_one_comment_and_leads_to_it(page: Page, title: str) -> None:
    page.get_by_label("Comment", exact=True).fill("Impatient")
    page.get_by_role("button", name="Send comment").dblclick()
    expect(page.locator("li.comment:target")).to_contain_text("Impatient")
    page.reload()
    expect(page.locator("li.comment")).to_have_count(1)


def test_a_double_click_makes_one_post(page: Page, home: str) -> None:
    title = f"Clicked twice {uuid4().hex[:8]}"
    page.goto(home)
    form = page.locator("#write")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.get_by_label("Title").fill(title)
    form.get_by_label("Text").fill("A body")
    form.get_by_role("button", name="Publish").dblclick()
    expect(page.locator("article.post:target")).to_contain_text(title)
    page.reload()
    expect(page.get_by_role("link", name=title, exact=True)).to_have_count(1)


def test_back_and_send_again_leads_to_the_same_comment(page: Page, title: str) -> None:
    page.get_by_label("Comment", exact=True).fill("Once")
    page.get_by_role("button", name="Send comment").click()
    expect(page.locator("li.comment:target")).to_contain_text("Once")
    there = page.url

    page.go_back()
    expect(page.get_by_label("Comment", exact=True)).to_have_value("Once")
    page.get_by_role("button", name="Send comment").click()
    expect(page.locator("li.comment:target")).to_contain_text("Once")
    assert page.url == there
    page.reload()
    expect(page.locator("li.comment")).to_have_count(1)


def test_back_and_another_text_makes_a_second_comment(page: Page, title: str) -> None:
    for text in ("The first", "The second"):
        page.get_by_label("Comment", exact=True).fill(text)
        page.get_by_role("button", name="Send comment").click()
        expect(page.locator("li.comment:target")).to_contain_text(text)
        page.go_back()
    page.reload()
    expect(page.locator("li.comment")).to_have_count(2)
