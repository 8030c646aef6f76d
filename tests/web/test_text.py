"""What people write is text of a limited length, and never becomes part of a page."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client
from django.utils.html import escape
from rest_framework.serializers import BaseSerializer

from comments.admin import CommentAdminForm
from comments.api import CommentSerializer
from comments.models import Comment, ParkedEvent
from comments.views import CommentForm
from eventstore.admin import ReasonForm
from eventstore.models import Event
from moderation.api import DecisionSerializer
from moderation.forms import DecisionForm, RuleForm
from moderation.models import Review, Rule
from posts.admin import PostAdminForm
from posts.api import PostSerializer
from posts.models import Post
from posts.views import PostForm
from tests.calls import JSON
from tests.histories import settle
from tests.people import PEOPLE, browser_of
from tests.web.addresses import Filled
from tests.web.evil import EVIL, KEPT, PARKED, WRITTEN, Seen, evil, mark
from tests.web.evil import filled as filled
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
    for address in ("/posts/", filled.address("posts/<UUID:post_id>/comments/")):
        yield address, browser.post(address, {"title": typed, "author": typed, "content": " "})
    for address in ("/api/posts/", filled.address("api/posts/<UUID:post_id>/comments/")):
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


LONGEST: dict[type[Model], dict[str, int]] = {
    Post: {"title": 200, "body": 20_000, "author": 80},
    Comment: {"author": 80, "content": 5_000},
    Review: {"reason": 200},
    Rule: {"term": 100},
    ParkedEvent: {"reason": 200},
}
FORMS: dict[type[forms.BaseForm], type[Model]] = {
    PostForm: Post,
    PostAdminForm: Post,
    CommentForm: Comment,
    CommentAdminForm: Comment,
    DecisionForm: Review,
    RuleForm: Rule,
    ReasonForm: ParkedEvent,
}
SERIALIZERS: dict[type[BaseSerializer[Any]], type[Model]] = {
    PostSerializer: Post,
    CommentSerializer: Comment,
    DecisionSerializer: Review,
}
NAMES = {(DecisionForm, "reason"): "why"}
LETTERS = ["x", "ä", "\N{GRINNING FACE}"]  # of one, two and four bytes


def cases(of: dict[Any, type[Model]]) -> Iterator[tuple[Any, str, int]]:
    for where, model in of.items():
        fields = getattr(where, "base_fields", None) or where().fields
        for name, longest in LONGEST[model].items():
            named = NAMES.get((where, name), name)
            if named in fields:
                yield where, named, longest


@pytest.mark.parametrize("letter", LETTERS)
def test_in_the_model(letter: str) -> None:
    for model, fields in LONGEST.items():
        for name, longest in fields.items():
            field: Any = model._meta.get_field(name)
            assert field.clean(letter * longest, None) == letter * longest
            with pytest.raises(ValidationError, match=f"at most {longest}"):
                field.clean(letter * (longest + 1), None)


@pytest.mark.django_db(databases="__all__")  # a rule's form looks for the same rule
@pytest.mark.parametrize("letter", LETTERS)
def test_in_each_form(letter: str) -> None:
    tried = set()
    for form, name, longest in cases(FORMS):
        for length in (longest, longest + 1):
            errors = form(data={name: letter * length}).errors.get(name, [])
            assert bool(errors) == (length > longest), (form, name)
        # A browser tells while one types.
        assert form.base_fields[name].widget.attrs["maxlength"] == str(longest)
        tried.add((form, name))
    assert len(tried) == 13


@pytest.mark.parametrize("letter", LETTERS)
def test_in_the_api(letter: str) -> None:
    tried = set()
    for serializer, name, longest in cases(SERIALIZERS):
        for length in (longest, longest + 1):
            asked = serializer(data={name: letter * length})
            asked.is_valid()
            assert (name in asked.errors) == (length > longest), (serializer, name)
        tried.add((serializer, name))
    assert len(tried) == 6


def test_a_line_break_is_one_character() -> None:
    for form, name, longest in cases({PostForm: Post, CommentForm: Comment}):
        text = "x" + "\r\n" * (longest - 2) + "x"
        assert name not in form(data={name: text}).errors
