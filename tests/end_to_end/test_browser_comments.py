"""What a sender sees of their comments in a browser: the decision without a reload, replies, and
changes. The services are apart, so the page and its forms are on different origins."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.end_to_end.browsing import CONTRAST, SETTINGS, write_comment, write_post
from tests.end_to_end.stacks import ADMIN
from tests.running import SECONDS, Run, wait_until


@pytest.fixture(scope="module")
def run(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    settings = {**SETTINGS, "MODERATION_DEFAULT": "hold"}
    with Run("run-services", tmp_path_factory.mktemp("comments") / "var", settings) as run:
        yield run


@pytest.fixture(scope="module")
def address(chromium: Browser, run: Run) -> str:
    return new_post(chromium, run, "Talk about it")


def new_post(chromium: Browser, run: Run, title: str) -> str:
    """Its address."""
    with chromium.new_context() as context:
        page = context.new_page()
        write_post(page, f"http://localhost:{run.port}/", title)
        page.get_by_role("link", name=title, exact=True).first.click()
        return page.url


def decide(run: Run, how: str, content: str, **body: str) -> None:
    """As a moderator does, as soon as the comment is in the queue."""
    queue = f"http://127.0.0.1:{run.port + 3}/api/moderation/reviews/"

    def found() -> list[Any]:
        reviews = httpx.get(queue, auth=ADMIN, timeout=SECONDS).json()["results"]
        return [each for each in reviews if each["content"] == content]

    wait_until(found, run)
    one = f"{queue}{found()[0]['comment_id']}/{how}/"
    assert httpx.post(one, json=body, auth=ADMIN, timeout=SECONDS).status_code == 200


def open_page(chromium: Browser, address: str, **options: Any) -> Page:
    page = chromium.new_context(**options).new_page()
    page.goto(address)
    return page


def test_the_decision_appears_without_a_reload(chromium: Browser, run: Run) -> None:
    page = open_page(chromium, new_post(chromium, run, "Decided"))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    for how, words, announced in (
        ("approve", "Reply to Ann", "Your comment was approved."),
        ("reject", "Reason: Off topic.", "Your comment was rejected. Others do not see this."),
    ):
        comment = write_comment(page, f"Please {how}", "Ann")
        expect(comment).to_contain_text("awaiting moderation")
        page.evaluate("window.isTheSame = true")
        edit = comment.get_by_role("link", name="Edit your comment")
        edit.focus()
        decide(run, how, f"Please {how}", reason="Off topic")

        expect(comment).not_to_contain_text("awaiting moderation")
        expect(comment).to_contain_text(words)
        expect(comment.get_by_role("link", name="Edit your comment")).to_be_focused()
        expect(page.get_by_role("status")).to_contain_text(announced)
        expect(page.get_by_role("heading", name="1 comment", exact=True)).to_be_visible()
        assert page.evaluate("window.isTheSame")
    assert problems == []
    page.context.close()


def test_the_page_asks_less_and_less_often_and_not_while_it_is_hidden(
    chromium: Browser, address: str
) -> None:
    page = open_page(chromium, address)
    write_comment(page, "Does anybody read this?")
    page.clock.install()
    asked: list[str] = []

    def note(route: Route) -> None:
        asked.append("")
        route.continue_()

    page.route("**/api/query/comments/**", note)
    page.reload()
    for _ in range(40):
        page.clock.run_for(100_000)
        page.wait_for_timeout(20)
    first_hour = len(asked)
    assert 5 <= first_hour <= 60
    page.clock.run_for(10_000_000)
    assert len(asked) <= 60
    page.context.close()


def test_one_replies_edits_and_deletes_without_javascript(
    chromium: Browser, run: Run, address: str
) -> None:
    ann = open_page(chromium, address, java_script_enabled=False)
    write_comment(ann, "Is anybody here?", "Ann")
    decide(run, "approve", "Is anybody here?")
    ben = open_page(chromium, address, java_script_enabled=False)
    thread = ben.locator("li.comment", has_text="Is anybody here?").first
    thread.get_by_role("link", name="Reply to Ann").click()
    form = thread.get_by_role("form", name="Reply to Ann")
    expect(form.get_by_label("Comment", exact=True)).to_be_focused()
    form.get_by_label("Comment", exact=True).fill("I am heer")
    form.get_by_label("Your name").fill("Ben")
    form.get_by_role("button", name="Send reply").click()
    reply = thread.get_by_role("list", name="Replies to Ann").get_by_role("listitem")
    expect(reply).to_contain_text("I am heer")

    reply.get_by_role("link", name="Edit your comment").click()
    ben.get_by_label("Comment", exact=True).fill("I am here")
    ben.get_by_role("button", name="Save changes").click()
    expect(reply).to_contain_text("I am here")
    expect(reply).to_contain_text("awaiting moderation")
    assert ben.url.startswith(address)

    reply.get_by_role("link", name="Delete your comment").click()
    expect(ben.get_by_role("heading", name="Delete your comment?")).to_be_visible()
    ben.get_by_role("button", name="Delete comment").click()
    expect(thread).to_be_visible()
    expect(reply).to_have_count(0)
    for page in (ann, ben):
        page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_thread_is_readable(
    chromium: Browser, run: Run, address: str, width: int, scheme: Any
) -> None:
    view = {"width": width, "height": 800}
    page = open_page(chromium, address, viewport=view, color_scheme=scheme)
    text = f"W{'w' * 300} {scheme} {width}"
    write_comment(page, text, "W" * 80)
    decide(run, "approve", text)
    thread = page.locator("li.comment", has_text=text).first
    thread.get_by_role("link", name="Reply to W").click()
    form = page.locator("#reply")
    form.get_by_label("Comment", exact=True).fill(f"Re: {text}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    form.get_by_role("button", name="Send reply").click()
    reply = page.locator("li.comment:target")
    expect(reply).to_contain_text("awaiting moderation")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in (".author", ".mine", ".status", ".outcome", ".actions a"):
        assert reply.locator(name).first.evaluate(CONTRAST) >= 4.5, name
    page.context.close()
