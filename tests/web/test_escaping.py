"""What people write is text, wherever it is shown: it never becomes part of a page."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from eventstore.models import Event
from tests.calls import JSON
from tests.histories import settle
from tests.people import PEOPLE, browser_of
from tests.web.addresses import Filled
from tests.web.evil import EVIL, KEPT, PARKED, WRITTEN, evil, mark
from tests.web.evil import filled as filled
from tests.web.foreign import Seen
from tests.web.rights import table

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SENT = ("asked", "typed", "why")


def read(browser: Client, filled: Filled) -> Iterator[tuple[str, Any]]:
    """Every page that this browser can be shown; the second time, with evil in what it asks."""
    names = ("page", "cursor", "type", "status", "limit", "min_position", "comment", "lang", "next")
    asked = dict.fromkeys(names, evil("asked", 500))
    for route, row in table().items():
        if "GET" not in row:
            continue
        address = filled.address(route)
        yield route, browser.get(address, headers={"accept": HTML})
        if "<path:" not in route:
            more = {"q": evil("asked", 500)} if route.startswith("admin/") else asked
            yield f"{route}?", browser.get(address, more, headers={"accept": HTML})
    for start in ("/", "/api/", "/admin/"):
        yield f"{start}…", browser.get(f"{start}{evil('path')}/", headers={"accept": HTML})


def write(browser: Client, filled: Filled) -> Iterator[tuple[str, Any]]:
    """What comes back to who sends evil, errors and messages included."""
    typed = evil("typed", 200)
    for address in ("/posts/", filled.address("posts/<uuid:post_id>/comments/")):
        yield address, browser.post(address, {"title": typed, "author": typed, "content": " "})
    for address in ("/api/posts/", filled.address("api/posts/<uuid:post_id>/comments/")):
        for title in (typed, typed * 200):
            body = {"title": title, "author": title, "body": "A body", "content": "A"}
            yield address, browser.post(address, body, JSON, headers={"accept": HTML})
    queue, posted = "/admin/moderation/review/", "/admin/posts/post/"
    one = f"{queue}{filled.comment.pk}/change/"
    chosen = {"_selected_action": str(filled.comment.pk)}
    for why in (evil("why", 200), evil("why") * 9):
        yield one, browser.post(one, {"_reject": "x", "why": why}, follow=True)
        action = {**chosen, "action": "approve", "why": why}
        yield queue, browser.post(queue, action, follow=True)
    add = f"{posted}add/"
    yield add, browser.post(add, {"title": typed, "body": typed, "author": typed}, follow=True)
    chosen = {"_selected_action": str(filled.comment.post_id), "action": "delete_selected"}
    yield posted, browser.post(posted, chosen)
    yield posted, browser.post(posted, {**chosen, "post": "yes"}, follow=True)


def test_it_never_becomes_part_of_a_page(filled: Filled) -> None:
    seen: set[str] = set()
    for kind in PEOPLE:
        browser = browser_of(kind)
        for where, response in (*read(browser, filled), *write(browser, filled)):
            assert response.status_code < 500, (kind, where)
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            if not response.headers.get("Content-Type", "").startswith("text/html"):
                continue
            html = response.text
            assert Seen(html).foreign == [], (kind, where)
            assert "1234568" not in html
            names = (*WRITTEN, *KEPT, *PARKED, *SENT)
            seen.update(name for name in names if f"&lt;x-{name}&gt;" in html)
    assert seen == {*WRITTEN, *KEPT, *PARKED, *SENT}


def test_the_walk_would_see_it() -> None:
    """What the test above looks for is found where it is."""
    for part in EVIL[:4]:
        assert Seen(part.replace("</textarea></title></style>", "")).foreign, part
    assert Seen(mark("title")).foreign
    assert Seen(f'<a href=" {EVIL[5]}">').foreign
    assert Seen("<a href='//evil.example/'>").foreign
    assert Seen("<script src=x>alert(1)</script>").foreign
    assert Seen("<p style='color: red'>").foreign
    assert Seen("<style>p { color: red }</style>").foreign
    assert Seen("<p>&lt;x-title&gt; alert(1) onerror=1</p>").foreign == []


@pytest.mark.parametrize("sent", [mark("id"), '"><script>alert(1)</script>'])
def test_a_correlation_id_is_text_too(filled: Filled, sent: str) -> None:
    body = {"title": "A title", "body": "A body"}
    response = Client().post("/api/posts/", body, JSON, headers={"x-correlation-id": sent})
    settle()

    assert response.status_code == 201
    assert response.headers["X-Correlation-ID"] == sent
    browser, log = browser_of("superuser"), "/admin/eventstore/event/"
    position = Event.objects.get(correlation_id=sent).position
    for address in (log, f"{log}{position}/change/", "/api/events/"):
        html = browser.get(address, headers={"accept": HTML}).text
        assert Seen(html).foreign == []
        assert escape(sent)[:8] in html
