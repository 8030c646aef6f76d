"""The services in a browser: figures that keep themselves up to date, a consumer that is paused and
resumed, on every screen."""

from playwright.sync_api import Browser, expect

from tests.end_to_end.browsing import log_in, violations, write_post

REFRESHED_MS = 20_000


def test_staff_pause_a_consumer_and_see_what_waits(chromium: Browser, home: str) -> None:
    viewport = {"width": 390, "height": 900}
    with chromium.new_context(viewport=viewport) as context:  # type: ignore[arg-type]
        page = context.new_page()
        log_in(page, f"{home}admin/")
        page.goto(f"{home}services/")
        moderation = page.locator("[data-service=moderation]")
        expect(moderation.locator(".state")).to_have_text("running", timeout=REFRESHED_MS)
        try:
            moderation.get_by_role("button", name="Pause moderation").click()
            expect(moderation.locator(".state")).to_have_text("paused")
            writer = context.new_page()
            write_post(writer, home, "It waits")
            # By the page's own script, and the button keeps the focus.
            resume = moderation.get_by_role("button", name="Resume moderation")
            resume.focus()
            expect(moderation).to_contain_text("1 event", timeout=REFRESHED_MS)
            expect(resume).to_be_focused()
            for scheme in ("light", "dark"):
                for width in (390, 1280):
                    page.emulate_media(color_scheme=scheme)
                    page.set_viewport_size({"width": width, "height": 900})
                    page.reload()  # its colours change in steps
                    assert violations(page) == []
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
        finally:
            page.goto(f"{home}services/")
            moderation.get_by_role("button", name="Resume moderation").click()
        expect(moderation.locator(".state")).to_have_text("running")
        expect(moderation.locator("dd").nth(1)).to_have_text("none", timeout=REFRESHED_MS)  # lag
