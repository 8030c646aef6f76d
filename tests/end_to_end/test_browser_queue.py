"""Moderators live in the queue: with keys, without reloads, with undo, and without JavaScript."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, product

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from config.processes.paths import BASE
from tests.end_to_end.browsing import PASSWORD, SETTINGS, log_in, reload_until, violations
from tests.running import Run

NUMBERS = count(1)
Fill = Callable[..., str]


@pytest.fixture(scope="module")
def run(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    var = tmp_path_factory.mktemp("queue") / "var"
    with Run("run", var, {**SETTINGS, "MODERATION_DEFAULT": "hold"}) as run:
        yield run


@pytest.fixture(scope="module")
def queue(run: Run) -> str:
    return f"http://localhost:{run.port}/admin/moderation/review/"


@pytest.fixture
def page(chromium: Browser, queue: str) -> Iterator[Page]:
    with chromium.new_context() as context:
        page = context.new_page()
        log_in(page, queue)
        yield page
        settle(page, queue)


def settle(page: Page, queue: str) -> None:
    """Leave nothing pending to the next test."""
    page.goto(queue)
    if page.locator(".review").count():
        page.locator("#select-all").check()
        page.get_by_role("button", name="Approve selected").click()
        expect(page.locator("#pending-count")).to_have_text("0")


@pytest.fixture
def fill(chromium: Browser, page: Page, queue: str) -> Fill:
    """Writes so many comments; returns the title of their post when all are in the queue."""

    def write(number: int, text: str = "Comment") -> str:
        with chromium.new_context() as stranger:
            api = f"{queue.partition('admin/')[0]}api/posts/"
            title = f"Post {next(NUMBERS)}"
            post = stranger.request.post(api, data={"title": title, "body": "A body"}).json()
            for n in range(number):
                comment = {"author": f"Person {n}", "content": f"{text} {n}."}
                made = stranger.request.post(f"{api}{post['id']}/comments/", data=comment)
                assert made.status == 201
        page.goto(queue)
        reload_until(page, page.locator("h1 b"), f"{number} pending")
        page.reload()  # the last one may have been counted and not listed
        expect(page.locator(".review:focus")).to_have_count(1)  # the script has run
        return title

    return write


def row_of(page: Page, number: int) -> Locator:
    """That of the comment with this number: others may have it as context."""
    return page.locator(".review", has=page.locator(".text", has_text=f"Comment {number}."))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.querySelector('.text')?.innerText"))


def test_twenty_comments_take_twenty_keys_and_no_reload(page: Page, fill: Fill, queue: str) -> None:
    title = fill(20)
    loads, keys = [], "arrrarararaarararaar"
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("#queue-empty")).to_be_visible()
    expect(page.locator("#pending-count")).to_have_text("0")
    assert len(keys) <= 20
    assert loads == []

    page.goto(f"{queue}?status__exact=all")
    for n, key in enumerate(keys):
        status = "Approved" if key == "a" else "Rejected"
        row = row_of(page, n).filter(has_text=f"Person {n} on {title}")
        expect(row).to_contain_text(f"{status} by admin")


def test_further_comments_come_by_themselves(page: Page, fill: Fill) -> None:
    fill(30)
    expect(page.locator(".review")).to_have_count(25)
    for _ in range(30):
        expect(page.locator(".review:focus")).to_have_count(1)
        page.keyboard.press("a")
    expect(page.locator("#pending-count")).to_have_text("0")
    expect(page.locator("#queue-empty")).to_be_focused()


def test_what_came_meanwhile_is_fetched_when_the_list_is_empty(page: Page, fill: Fill) -> None:
    fill(3)
    page.locator(".review").last.evaluate("row => row.remove()")  # as if it had come later
    for _ in range(2):
        page.keyboard.press("a")
    expect(page.locator(".review:focus .text")).to_have_text("Comment 2.")


def test_keys_move_undo_select_and_give_reasons(page: Page, fill: Fill) -> None:
    title = fill(4)
    status, count = page.get_by_role("status"), page.locator("#pending-count")
    assert focused(page) == "Comment 0."
    expect(page.locator(".review:focus")).to_contain_text(f"Person 0 on {title}")
    for key, there in zip("jjkj", (1, 2, 1, 2), strict=True):
        page.keyboard.press(key)
        assert focused(page) == f"Comment {there}."
    page.keyboard.press("1")
    expect(status).to_contain_text("Rejected the comment of Person 2.")
    assert focused(page) == "Comment 3."
    page.keyboard.press("a")
    expect(count).to_have_text("2")
    assert focused(page) == "Comment 1."
    for left, back in (("3", 3), ("4", 2)):  # first what was decided last
        page.keyboard.press("u")
        expect(count).to_have_text(left)
        expect(page.locator(".review:focus .text")).to_have_text(f"Comment {back}.")
    texts = page.locator(".review .text")
    expect(texts).to_have_text([f"Comment {n}." for n in range(4)])
    page.keyboard.press("u")
    expect(status).to_contain_text("There is nothing to undo.")

    page.keyboard.press("e")
    page.keyboard.type("ajax")  # letters, and no keys of ours
    page.keyboard.press("Enter")
    expect(texts).to_have_count(4)
    page.keyboard.press("r")
    expect(count).to_have_text("3")
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_be_visible()
    page.get_by_label("Keyboard shortcuts are on").uncheck()
    page.locator(".review").first.focus()
    page.keyboard.press("a")
    page.reload()
    expect(page.locator("h1 b")).to_have_text("3 pending")
    expect(page.locator(".review:focus")).to_have_count(1)
    page.keyboard.press("?")
    page.get_by_label("Keyboard shortcuts are on").check()

    page.locator(".review").first.focus()
    for key in "xjx":
        page.keyboard.press(key)
    page.get_by_role("button", name="Reject selected").click()
    expect(status).to_contain_text("Rejected 2 comments.")
    expect(count).to_have_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(status).to_contain_text("Undone: 2 comments.")
    expect(texts).to_have_count(3)


def test_two_moderators_and_one_comment(
    chromium: Browser, page: Page, fill: Fill, run: Run, queue: str
) -> None:
    fill(2)
    environment = {**os.environ, **run.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    user = ["createsuperuser", "--noinput", "--username=ma", "--email=ma@example.com"]
    subprocess.run([sys.executable, "manage.py", *user], cwd=BASE, env=environment, check=True)
    with chromium.new_context() as context:
        other = context.new_page()
        other.goto(queue)
        other.get_by_label("Username").fill("ma")
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Log in").click()
        expect(other.locator(".review:focus")).to_contain_text("Comment 0.")
        page.keyboard.press("a")
        expect(page.locator("#pending-count")).to_have_text("1")

        other.keyboard.press("r")
        expect(other.get_by_role("status")).to_contain_text("by admin: Approved. Your decision")
        row = row_of(other, 0)
        expect(row).to_contain_text("Approved by admin")
        row.get_by_role("button", name="Reject").click()  # having seen it
        expect(other.get_by_role("status")).to_contain_text("Rejected the comment of Person 0.")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("was decided on since, by ma: Rejected")
    expect(row_of(page, 0)).to_contain_text("Rejected by ma")


def test_what_was_not_saved_comes_back(page: Page, fill: Fill) -> None:
    fill(2)
    page.route("**/decide/", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("Nothing was saved.")
    expect(page.locator(".review .text")).to_have_text(["Comment 0.", "Comment 1."])
    page.unroute("**/decide/")


def test_without_javascript_there_are_forms(
    chromium: Browser, page: Page, fill: Fill, queue: str
) -> None:
    fill(3)
    with chromium.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        log_in(plain, queue)
        row = row_of(plain, 0)
        row.get_by_label("Reason").fill("Spam")
        row.get_by_role("button", name="Reject").click()
        expect(plain.get_by_role("status")).to_contain_text("Rejected the comment of Person 0.")
        expect(plain.locator(".review")).to_have_count(2)
        plain.get_by_role("button", name="Undo").click()
        expect(plain.get_by_role("status")).to_contain_text("Undone: 1 comment.")
        for box in plain.locator(".review .select").all():
            box.check()
        plain.get_by_role("button", name="Approve selected").click()
        expect(plain.get_by_role("status")).to_contain_text("Approved 3 comments.")
        expect(plain.locator("#queue-empty")).to_be_visible()


def test_everybody_can_use_it(chromium: Browser, fill: Fill, queue: str) -> None:
    fill(5, f"**Bold** [link](https://example.com/) {'w' * 200}\n\n> quote\n\n")
    with chromium.new_context() as context:
        page = context.new_page()
        log_in(page, queue)
        for width, scheme in product((390, 1280), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(queue)
            row = page.locator(".review:focus")
            expect(row).to_have_css("outline-style", "solid")
            review = str(row.locator("h2 a").first.evaluate("link => link.href"))
            page.keyboard.press("?")
            page.keyboard.press("r")
            expect(page.get_by_role("button", name="Undo")).to_be_visible()
            for address in (None, f"{queue}?status__exact=all", f"{queue}figures/", review):
                if address:
                    page.goto(address)
                assert violations(page) == [], (address, width, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
