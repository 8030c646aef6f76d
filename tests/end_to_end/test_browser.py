"""People with a browser use Hindsight: all in one, and as services, there without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsing import (
    SETTINGS,
    log_in,
    reload_until,
    reload_while,
    write_comment,
    write_post,
)
from tests.running import Run

MODERATION = {"run": 0, "run-services": 3}
"""How far behind the page's the port of moderation's admin is."""


@pytest.fixture(scope="module", params=MODERATION)
def run(
    request: pytest.FixtureRequest, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    var = tmp_path_factory.mktemp("browser") / "var"
    with Run(request.param, var, SETTINGS) as run:
        yield run


@pytest.fixture
def page(chromium: Browser, run: Run) -> Iterator[Page]:
    with chromium.new_context(java_script_enabled=run.command == "run") as context:
        yield context.new_page()


@pytest.fixture
def home(run: Run) -> str:
    # A name, not an address: links and cookies must keep to what the browser used.
    return f"http://localhost:{run.port}/"


@pytest.fixture
def elsewhere(chromium: Browser) -> Iterator[Page]:
    """Another person's browser."""
    with chromium.new_context() as context:
        yield context.new_page()


def test_a_post_and_a_comment_are_seen_at_once_by_who_wrote_them(page: Page, home: str) -> None:
    write_post(page, home, "Seen at once", "Line one\n\nLine <b>two</b>")
    post = page.locator("article.post:target")
    expect(post.get_by_role("heading", level=2)).to_have_text("Seen at once")
    expect(post).to_contain_text("Line one Line <b>two</b>")

    post.get_by_role("link", name="Comment on Seen at once", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Seen at once")
    whole = page.locator("article.post > .text")
    expect(whole).to_have_text(re.compile(r"Line one\s+Line <b>two</b>"), use_inner_text=True)
    comment = write_comment(page, "A kind word", "Ann")
    expect(comment).to_contain_text("Ann")
    expect(comment).to_contain_text("A kind word")
    assert page.url.startswith(home)
    page.get_by_role("link", name="All posts").click()
    reload_while(page, page.locator("article.post").first, "awaiting moderation")
    expect(page.get_by_role("link", name="1 comment on Seen at once").first).to_be_visible()


def test_a_comment_waits_while_moderation_is_stopped(
    page: Page, elsewhere: Page, run: Run, home: str
) -> None:
    write_post(page, home, "While they sleep")
    page.get_by_role("link", name="While they sleep", exact=True).first.click()
    elsewhere.goto(page.url)
    assert run.do("stop", "moderation").returncode == 0
    try:
        mine = write_comment(page, "Who is awake?")
        expect(mine).to_contain_text("awaiting moderation")
        expect(mine).to_contain_text("Who is awake?")
        theirs = elsewhere.locator("main")
        elsewhere.reload()
        expect(theirs).to_contain_text("1 comment is awaiting moderation.")
        expect(theirs).not_to_contain_text("Who is awake?")
    finally:
        assert run.do("start", "moderation").returncode == 0

    reload_until(elsewhere, theirs, "Who is awake?")
    expect(theirs).not_to_contain_text("awaiting moderation")


def test_the_orange_one_is_rejected(page: Page, elsewhere: Page, home: str) -> None:
    write_post(page, home, "Fruit")
    page.get_by_role("link", name="Fruit", exact=True).first.click()
    elsewhere.goto(page.url)

    comment = write_comment(page, "Oranges are best")

    reload_until(page, comment, "rejected")
    expect(comment).to_contain_text("Oranges are best")
    expect(comment).to_contain_text("Reason: the rule “orange”")
    elsewhere.reload()
    for text in ("rejected", "Oranges", "awaiting moderation"):
        expect(elsewhere.locator("main")).not_to_contain_text(text)


def test_a_held_comment_is_approved_in_the_queue(
    page: Page, elsewhere: Page, run: Run, home: str
) -> None:
    admin = f"http://localhost:{run.port + MODERATION[run.command]}/admin"
    log_in(elsewhere, f"{admin}/moderation/rule/add/")
    elsewhere.get_by_label("Term").fill("perhaps")
    elsewhere.get_by_label("Action").select_option("hold")
    elsewhere.get_by_role("button", name="Save", exact=True).click()
    write_post(page, home, "Held")
    page.get_by_role("link", name="Held", exact=True).first.click()

    comment = write_comment(page, "Perhaps this is good.", "Tim")
    elsewhere.goto(f"{admin}/moderation/review/?status__exact=pending")
    reload_until(elsewhere, elsewhere.locator("#content"), "Perhaps this is good.")
    row = elsewhere.locator(".review", has_text="Perhaps this is good.")
    row.get_by_role("button", name="Approve").click()
    expect(elsewhere.get_by_role("status")).to_contain_text("Approved the comment of Tim.")

    reload_while(page, comment, "awaiting moderation")
    expect(comment).to_contain_text("Perhaps this is good.")


def test_an_error_leads_to_its_field_and_nothing_typed_is_lost(page: Page, home: str) -> None:
    write_post(page, home, "   ", "Many words that took an hour")

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator(":focus")).to_contain_text("Your post is not saved yet")
    page.get_by_role("link", name="Title").click()
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    expect(title).to_have_accessible_description(re.compile("Give your post a title."))
    expect(page.get_by_label("Text")).to_have_value("Many words that took an hour")

    title.fill("It has one")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("article.post:target")).to_contain_text("Many words that took an hour")
    assert page.url.startswith(home)

    page.get_by_role("link", name="It has one", exact=True).first.click()
    write_comment(page, "  ", "Ann")
    expect(page.get_by_label("Comment", exact=True)).to_have_accessible_description(
        re.compile("Write something.")
    )
    expect(page.get_by_label("Your name")).to_have_value("Ann")
    page.get_by_role("link", name="Back to the post").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It has one")


def test_keys_are_enough(page: Page, home: str) -> None:
    page.goto(home)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Write a post")
    if page.locator("#write").get_attribute("open") is None:
        page.keyboard.press("Enter")
    for typed in ("Typed", "With keys alone", "Ann"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Publish")
    page.keyboard.press("Enter")

    expect(page.locator("article.post:target")).to_contain_text("With keys alone")
    page.keyboard.press("Tab")  # one goes on from what one wrote
    expect(focused).to_have_text("Typed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Typed")
