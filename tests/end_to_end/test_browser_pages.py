"""The pages in a browser: how they are laid out and coloured, and that the Content Security Policy
forbids nothing that they do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.end_to_end.browsing import (
    CONTRAST,
    log_in,
    reload_until,
    violations,
    write_comment,
    write_post,
)


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_window(chromium: Browser, home: str, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 700}) as context:
        page = context.new_page()
        write_post(page, home, "W" * 200, f"https://example.com/{'w' * 900}\n{'w ' * 20}")
        addresses = [page.url, f"{home}nothing"]
        page.get_by_role("link", name="W" * 200, exact=True).first.click()
        write_comment(page, "w" * 400, "W" * 80)
        addresses.append(page.url)
        write_comment(page, " ", "W" * 80)
        for address in [None, *addresses]:
            if address:
                page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_light_are_both_readable(chromium: Browser, home: str) -> None:
    for scheme in ("light", "dark"):
        with chromium.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            write_post(page, home, "Readable")
            for name in ("h1", ".byline", ".excerpt", "a", ".button", "footer p", ".more a"):
                ratio = page.locator(name).locator("visible=true").last.evaluate(CONTRAST)
                assert ratio >= 4.5, (scheme, name, ratio)


def test_the_docs_follow_the_readers_colours(chromium: Browser, home: str) -> None:
    for scheme in ("light", "dark"):
        with chromium.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            page.goto(f"{home}api/docs/")
            title = page.locator(".info .title")
            expect(title).to_be_visible()
            assert title.evaluate(CONTRAST) >= 4.5, scheme
            assert page.locator("html.dark-mode").count() == (scheme == "dark")


def test_a_token_from_the_admin_works_in_the_docs(chromium: Browser, home: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        log_in(page, f"{home}admin/authtoken/tokenproxy/add/")
        page.get_by_label("User").select_option(label="admin")
        page.get_by_role("button", name="Save", exact=True).click()
        token = page.locator(".field-key .readonly").inner_text()
        context.clear_cookies()
        page.goto(f"{home}api/docs/")
        page.locator(".btn.authorize").click()
        dialog = page.locator(".auth-container", has_text="bearer")
        dialog.locator("input").fill(token)
        dialog.locator("button.authorize").click()
        page.locator(".close-modal").click()
        page.locator("#operations-events-events_list .opblock-summary-control").click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table .response").first).to_contain_text("200")
        page.reload()  # it keeps no token, and opens the operation again
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table .response").first).to_contain_text("401")


LISTS = (
    "moderation/review/?status__exact=all",
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
        page.goto(f"{home}admin/moderation/review/?status__exact=all")
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
        page.goto(f"{home}admin/moderation/review/?status__exact=all")
        reload_until(page, page.locator("#result_list"), "Seen on a phone")
        row = page.locator(".review", has_text="Seen on a phone")
        row.get_by_role("checkbox").check()
        for reason in page.get_by_label("Reason").all()[:2]:
            box = reason.bounding_box()
            assert box
            assert box["width"] > 200
        page.get_by_role("button", name="Reject selected").click()
        expect(page.get_by_role("status")).to_contain_text("Rejected 1 comment.")


ADMIN = [
    "",
    "password_change/",
    "auth/user/",
    "auth/user/add/",
    "auth/user/1/change/",
    "auth/user/1/password/",
    "auth/group/add/",
    "posts/post/",
    "comments/comment/",
    "eventstore/event/",
    "eventstore/event/1/change/",
    "eventstore/subscription/",
    "comments/parkedevent/",
    "django_celery_results/taskresult/",
    "moderation/rule/1/change/",
    "moderation/rule/1/delete/",
    "moderation/rule/1/history/",
    "moderation/review/?q=kind",
]
API = ["posts/", "query/posts/", "events/", "nowhere/"]


@pytest.fixture
def page(chromium: Browser, home: str) -> Iterator[Page]:
    """Where the browser finds an error, or something is loaded from elsewhere, the test fails in
    the end."""
    errors: list[str] = []
    requested: set[str] = set()

    def note(message: ConsoleMessage) -> None:
        # An icon or a page that is not there is no fault of a policy's.
        if message.type == "error" and "status of 4" not in message.text:
            errors.append(message.text)

    with chromium.new_context() as context:
        context.on("console", note)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("request", lambda request: requested.add(request.url))
        yield context.new_page()
    assert errors == []
    assert [url for url in requested if not url.startswith((home, "data:"))] == []


def test_the_page_and_its_forms(page: Page, home: str) -> None:
    write_post(page, home, "Strict")
    page.get_by_role("link", name="Strict", exact=True).first.click()
    write_comment(page, "A kind word", "Ann")
    write_comment(page, "  ")
    expect(page.locator(":focus")).to_contain_text("Your comment is not saved yet")
    page.goto(f"{home}nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not Found")


def test_the_admin(page: Page, home: str) -> None:
    write_post(page, home, "For the queue")
    page.get_by_role("link", name="For the queue", exact=True).first.click()
    write_comment(page, "A kind word", "Ann")
    admin = f"{home}admin/"
    log_in(page, admin)
    for address in ADMIN:
        response = page.goto(f"{admin}{address}")
        assert response is not None
        assert response.status == 200, address
    reload_until(page, page.locator("#content"), "A kind word")
    row = page.locator(".review", has_text="A kind word").first
    row.get_by_role("link", name="Ann").click()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("Rejected the comment of Ann.")
    page.goto(f"{admin}posts/post/")
    page.locator("#action-toggle").click()  # the admin's own script is at work
    page.get_by_label("Action:").select_option("delete_selected")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.locator(".messagelist")).to_contain_text("Successfully deleted")


def test_the_browsable_api(page: Page, home: str) -> None:
    log_in(page, f"{home}admin/")
    for address in API:
        page.goto(f"{home}api/{address}")
    page.goto(f"{home}api/moderation/reviews/")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Status").select_option("approved")
    page.locator("#filtersModal button[type=submit]").click()
    expect(page.locator(".response-info")).to_contain_text("200")
    page.goto(f"{home}api/posts/")
    page.locator("textarea[name=_content]").fill('{"title": "Raw", "body": "A body"}')
    page.get_by_role("button", name="POST").click()
    expect(page.locator(".response-info")).to_contain_text("201")
    created = page.locator(".response-info").inner_text().split('"id": "')[1][:36]
    page.goto(f"{home}api/posts/{created}/")
    page.get_by_role("button", name="DELETE").click()
    page.locator("#deleteModal .btn-danger").click()
    expect(page.locator(".response-info")).to_contain_text("204")


def test_swagger(page: Page, home: str) -> None:
    page.goto(f"{home}api/docs/")
    operation = page.locator("#operations-query-query_posts_list")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("200")


def test_the_catalogue_of_events(page: Page, home: str) -> None:
    page.goto(f"{home}api/events/catalogue/")
    page.get_by_text("An example of its data").first.click()
    expect(page.locator("pre").first).to_contain_text('"title": "Oranges"')
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], (width, scheme)


def test_what_is_smuggled_in_does_not_run(chromium: Browser, home: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        messages: list[str] = []
        page.on("console", lambda message: messages.append(message.text))
        for address in ("", "admin/login/", "api/docs/", "api/posts/"):
            page.goto(f"{home}{address}")
            page.evaluate(SMUGGLE)
            page.wait_for_function("document.querySelector('.tried')")
            assert page.evaluate("window.ran") is None
            assert any("inline" in each for each in messages), address
            messages.clear()


SMUGGLE = """() => {
  document.body.insertAdjacentHTML("beforeend",
    '<img src="data:," onerror="window.ran = 1"><b style="color: red">x</b>');
  const script = document.createElement("script");
  script.text = "window.ran = 2";
  document.body.append(script);
  const image = document.querySelector("img[onerror]");
  image.addEventListener("error", () => image.classList.add("tried"));
}"""
