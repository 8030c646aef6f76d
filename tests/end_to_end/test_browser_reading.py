"""Reading in a browser: lists that can be scanned on a phone, times, search, and what axe finds."""

from collections.abc import Iterator

import httpx
import pytest
from django.utils.timezone import now
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsing import SETTINGS, violations
from tests.running import SECONDS, Run, wait_until

PHONE, WINDOW = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LONG = "The **river** has reached the second step of the stairs, and nobody remembers that. " * 20
POSTS, COMMENTS = 20, 3
MAX_LIST_PIXELS, MAX_COMPARISON_PIXELS = 6_000, 12_000


@pytest.fixture(scope="module")
def home(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of long posts, the newest of which has many comments."""
    with Run("run", tmp_path_factory.mktemp("reading") / "var", SETTINGS) as run:
        address = f"http://localhost:{run.port}"
        with httpx.Client(base_url=address, timeout=SECONDS) as client:
            for number in range(POSTS):
                post = {"title": f"What the river left behind, part {number}", "body": LONG}
                made = client.post("/api/posts/", json={**post, "author": "Ann Other"}).json()
                for _ in range(COMMENTS):
                    sent = {"content": LONG[:400], "author": "Emilia Sommerfeld-Hartmann"}
                    client.post(f"/api/posts/{made['id']}/comments/", json=sent)

            def is_there() -> bool:
                shown = client.get("/api/query/posts/").json()["results"]
                return [each["comment_count"] for each in shown] == [COMMENTS] * POSTS

            wait_until(is_there, run)
        yield f"{address}/"


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport=PHONE, color_scheme=request.param) as context:  # type: ignore[arg-type]
        yield context.new_page()


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


def test_twenty_posts_are_a_few_screens_of_a_phone(phone: Page, home: str) -> None:
    phone.goto(home)
    expect(phone.locator("article.post")).to_have_count(POSTS)
    expect(phone.locator(".newest li").first).to_be_visible()
    expect(phone.get_by_role("link", name=f"All {COMMENTS} comments").first).to_be_visible()
    assert height(phone) < MAX_LIST_PIXELS
    assert violations(phone) == []


def test_the_comparison_is_folded_on_a_phone_and_open_in_a_window(
    phone: Page, chromium: Browser, home: str
) -> None:
    phone.goto(f"{home}comparison/")
    assert height(phone) < MAX_COMPARISON_PIXELS
    assert violations(phone) == []
    claims = phone.locator(".claims").first
    expect(claims.locator(".finding").first).to_be_hidden()
    claims.locator("summary").click()
    expect(claims.locator(".finding").first).to_be_visible()
    with chromium.new_context(viewport=WINDOW) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{home}comparison/")
        expect(page.locator(".finding").first).to_be_visible()
        expect(page.locator("figure .shown").last).to_be_visible()


def test_times_are_those_of_the_reader(chromium: Browser, home: str) -> None:
    options = {"timezone_id": "Asia/Tokyo", "locale": "en-GB"}
    with chromium.new_context(**options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.clock.install(time=now())
        page.goto(home)
        shown = page.locator("article.post .byline time").first
        expect(shown).to_have_text("just now")
        assert "Japan Standard Time" in str(shown.get_attribute("title")) or "GMT+9" in str(
            shown.get_attribute("title")
        )
        page.clock.run_for("03:00:00")
        expect(shown).to_have_text("3 hours ago")
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(home)
        expect(page.locator("article.post .byline time").first).to_contain_text("UTC")


def test_a_search_and_a_permanent_link(phone: Page, home: str) -> None:
    phone.goto(home)
    phone.get_by_role("searchbox", name="Search posts").fill("part 7")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Posts with “part 7”")
    expect(phone.locator("article.post")).to_have_count(2)  # the newer one is part 17
    assert violations(phone) == []
    phone.locator(".newest a").first.click()
    expect(phone.locator("li.comment:target")).to_be_visible()
    assert "/posts/what-the-river-left-behind-part-" in phone.url
    phone.locator("li.comment a.permalink").last.click()
    expect(phone.locator("li.comment:target")).to_contain_text("Emilia")
    assert violations(phone) == []


def test_nothing_is_cut_without_a_window(chromium: Browser, home: str) -> None:
    for width in (320, 1280):
        with chromium.new_context(viewport={"width": width, "height": 700}) as context:
            page = context.new_page()
            page.goto(home)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("header .brand").bounding_box()
