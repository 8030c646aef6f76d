"""What people write is text, wherever it is shown: it never becomes part of a page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils.html import escape
from django_celery_results.models import TaskResult

import query.models
from comments import services as comments
from eventstore.models import Event
from moderation import services as moderation
from moderation.models import Rule
from posts import services as posts
from posts.models import Post
from tests.addresses import Filled
from tests.calls import JSON
from tests.histories import settle
from tests.people import PEOPLE, browser_of
from tests.rights import table
from web.policy import DRF_STYLE

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
EVIL = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "<svg/onload=alert(3)>",
    "</textarea></title></style><iframe src=//evil.example>",
    "{{ 1234567|add:1 }}{% csrf_token %}",
    "javascript:alert(4)",
    "\u202eevil\u2066",
)
RUNS = ("javascript:", "data:text", "vbscript:")
LEADS = {"href", "src", "action", "formaction", "xlink:href", "srcset", "data"}


def mark(name: str) -> str:
    """A tag of its own for each text, to see where it comes out."""
    return f"<x-{name}>"


def evil(name: str, most: int = 10_000) -> str:
    return " ".join([mark(name), *EVIL])[:most]


class Seen(HTMLParser):
    """What of a page is not ours, and what the policy would not let be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self._in_script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        given = dict(attrs)
        inline = self._in_script and "src" not in given and given.get("type") != "application/json"
        if inline or tag == "style" or given.get("style", DRF_STYLE) != DRF_STYLE:
            self.foreign.append(f"<{tag} {given}>")
        for name, value in attrs:
            runs = name in LEADS and (value or "").strip().lower().startswith(RUNS)
            elsewhere = name in LEADS and "evil.example" in (value or "").partition("?")[0]
            if name.startswith("on") or runs or elsewhere:
                self.foreign.append(f"<{tag} {name}={value}>")
        if tag.startswith("x-") or tag in ("iframe", "object", "embed", "base"):
            self.foreign.append(f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._in_script and "alert(" in data:
            self.foreign.append(f"<script>{data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


@pytest.fixture
def filled(transactional_db: None, settings: LazySettings) -> Filled:
    """Evil in every text that is kept, as somebody may have brought it in."""
    settings.MODERATION_DEFAULT = "hold"
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES)
    post = posts.create_post(evil("title", 200), evil("body"), author=evil("postauthor", 80))
    comment = comments.create_comment(post.id, evil("commentauthor", 80), evil("content", 5_000))
    settle()
    Rule.objects.create(term=evil("term", 100))
    moderation.decide(
        comment.id, "approved", decided_by=evil("decider", 150), reason=evil("reason", 200)
    )
    settle()
    User.objects.create(
        username="somebody", first_name=evil("firstname", 150), email=evil("mail", 254)
    )
    Group.objects.create(name=evil("group", 150))
    filled = Filled()
    TaskResult.objects.update(
        task_name=evil("task", 191), result=evil("result"), traceback=evil("tasktraceback")
    )
    query.models.ParkedEvent.objects.update(
        error=evil("error", 500),
        traceback=evil("traceback"),
        reason=evil("discard", 200),
        discarded_by=evil("discarder", 150),
    )
    for model, key in ((Post, post.id), (Rule, filled.rows["moderation/rule"])):
        LogEntry.objects.create(
            user=User.objects.get(username="somebody"),
            content_type=ContentType.objects.get_for_model(model),
            object_id=str(key),
            object_repr=evil("loggedrow", 200),
            action_flag=CHANGE,
            change_message=evil("logged"),
        )
    return filled


WRITTEN = ("title", "body", "postauthor", "commentauthor", "content", "term", "decider", "reason")
KEPT = ("firstname", "mail", "group", "task", "result", "tasktraceback", "loggedrow", "logged")
PARKED = ("error", "traceback", "discard", "discarder")
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
