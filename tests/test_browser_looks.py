"""How the page looks, as a browser computes it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browsing import SETTINGS, launched, write_comment, write_post
from tests.running import Run


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def home(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Run("run", tmp_path_factory.mktemp("looks") / "var", SETTINGS) as run:
        yield f"http://localhost:{run.port}/"


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


def test_a_strict_policy_would_break_nothing(chromium: Browser, home: str) -> None:
    """No inline style or script, and nothing from elsewhere: what a policy would forbid."""
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {home}"
    said: list[str] = []
    asked: set[str] = set()
    with chromium.new_context() as context:
        page = context.new_page()
        write_post(page, home, "Strict")
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.add(request.url))

        def with_policy(route: Route) -> None:
            response = route.fetch()
            headers = {**response.headers, "content-security-policy": policy}
            route.fulfill(response=response, headers=headers)

        context.route(lambda url: "/static/" not in url, with_policy)
        page.goto(home)
        page.get_by_role("link", name="Strict", exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Strict")

    assert said == []
    assert all(url.startswith(home) for url in asked)


def test_dark_and_light_are_both_readable(chromium: Browser, home: str) -> None:
    for scheme in ("light", "dark"):
        with chromium.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            write_post(page, home, "Readable")
            for name in ("h1", ".byline", ".text", "a", ".button", "footer p", ".comments h3 a"):
                ratio = page.locator(name).locator("visible=true").last.evaluate(CONTRAST)
                assert ratio >= 4.5, (scheme, name, ratio)


# The contrast of an element's text with what it stands on (WCAG 2).
CONTRAST = """element => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(c => c / 255).map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  let ground = element;
  while (channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
    .map(channels).map(light).sort((a, b) => b - a);
  return (a + .05) / (b + .05);
}"""
