"""Texts that would like to be part of a page, in all that is kept."""

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

EVIL = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "<svg/onload=alert(3)>",
    "</textarea></title></style><iframe src=//evil.example>",
    "{{ 1234567|add:1 }}{% csrf_token %}",
    "javascript:alert(4)",
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
