"""Texts that would like to be part of a page, and a search of a page for them."""

from html.parser import HTMLParser

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django_celery_results.models import TaskResult

import query.models
from comments import services as comments
from moderation import services as moderation
from moderation.models import Rule
from posts import services as posts
from posts.models import Post
from tests.histories import settle
from tests.web.addresses import Filled
from web.middleware import DRF_STYLE

EVIL = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "<svg/onload=alert(3)>",
    "</textarea></title></style><iframe src=//evil.example>",
    "{{ 1234567|add:1 }}{% csrf_token %}",
    "javascript:alert(4)",
    "[x](javascript:alert(5)) ![x](data:text/html,x) <javascript:alert(6)>",
    "\u202eevil\u2066",
)


def mark(name: str) -> str:
    """A tag of its own for each text, to see where it comes out."""
    return f"<x-{name}>"


def evil(name: str, most: int = 10_000) -> str:
    return " ".join([mark(name), *EVIL])[:most]


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


RUNS = ("javascript:", "data:text", "vbscript:")
LEADS = {"href", "src", "action", "formaction", "xlink:href", "srcset", "data"}


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
