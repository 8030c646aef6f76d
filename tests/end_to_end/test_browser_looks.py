"""How the page looks, as a browser computes it."""

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.browsing import write_comment, write_post


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
