"""Every address of the URL patterns, filled with what exists, and requests to it."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_celery_results.models import TaskResult
from rest_framework.authtoken.models import TokenProxy

from comments.models import Comment, Continuation
from config.services import ALL_SERVICES
from eventstore.consumer import consumers
from eventstore.models import Event, Subscription
from eventstore.parking import ParkedEvent, State
from posts.models import Post
from tests.calls import send


def routes() -> list[str]:
    """As in ``posts/<UUID:post_id>/``."""
    return list(_routes(get_resolver(), ""))


def _routes(resolver: URLResolver | URLPattern, before: str) -> Iterator[str]:
    # A regular expression's groups, as a path writes them.
    own = re.sub(r"\(\?P(<\w+>)[^)]*\)\$?", r"\1", str(resolver.pattern)).lstrip("^/").rstrip("$")
    if isinstance(resolver, URLPattern):
        yield before + own
    else:
        for inner in resolver.url_patterns:
            yield from _routes(inner, before + own)


class Filled:
    """Fills a route with the ids of what there is: one row of each kind, made where none is."""

    def __init__(self) -> None:
        self.comment = Comment.objects.get()
        self.names: dict[str, object] = {
            "UUID:post_id": self.comment.post_id,
            "UUID:comment_id": self.comment.pk,
            "str:slug": Post.objects.get(id=self.comment.post_id).slug,
            "int:number": 1,
            "app_label": "moderation",
            "url": "nowhere/",
            "id": User.objects.get_or_create(username="somebody")[0].pk,
        }
        self.rows = {model._meta.label_lower.replace(".", "/"): pk for model, pk in _each()}

    def address(self, route: str) -> str:
        """Its path, with what it has to be asked for."""
        app, model = (*route.split("/")[1:3], "", "")[:2]
        names = {**self.names, "path:object_id": self.rows.get(f"{app}/{model}", "")}
        path = re.sub(r"<([^>]+)>", lambda found: str(names[found[1]]), route)
        asked = {"api/comments/": f"?post_id={self.comment.post_id}"}
        asked["api/query/comments/"] = f"?id={self.comment.pk}"
        asked["api/events/journey/"] = f"?of={self.comment.pk}"
        return f"/{path}{asked.get(route, '')}"


def _each() -> Iterator[tuple[type[Model], object]]:
    now = timezone.now()
    nobody = UUID(int=0)
    event = {"event_id": nobody, "type": "PostCreated", "key": nobody}
    parked, begun = {**event, "state": State.PARKED}, {**event, "subject": nobody, "version": 1}
    continuations = Continuation._default_manager  # of no consumer
    parked_events = [each.parked._default_manager for each in consumers().values()]
    made = [
        Subscription.objects.get_or_create(consumer="query", defaults={"seen_at": now})[0],
        TaskResult.objects.get_or_create(task_id="a task")[0],
        continuations.get_or_create(position=1, defaults=begun)[0],
        *(rows.get_or_create(position=1, defaults=parked)[0] for rows in parked_events),
    ]
    models: list[type[Model]] = [*_of_services(), Event, Group]
    there = [model._default_manager.first() for model in models]
    somebody = User.objects.get(username="somebody")
    token = TokenProxy.objects.get_or_create(user=somebody)[0]
    for row in [*made, *there, somebody, token]:
        assert row is not None
        yield type(row), row.pk


def _of_services() -> Iterator[type[Model]]:
    """Their models in the admin; the tests' histories have made rows of them."""
    for model in admin.site._registry:
        is_made_here = issubclass(model, (ParkedEvent, Continuation))
        if model._meta.app_label in ALL_SERVICES and not is_made_here:
            yield model


POST = {"title": "A title", "body": "A body"}
BODIES: dict[str, Any] = {
    "services/": {"consumer": "query", "action": "pause"},
    "posts/": POST,
    "posts/<UUID:post_id>/comments/": {"content": "A"},
    "api/posts/": POST,
    "api/posts/<UUID:post_id>/": {"title": "B"},
    "api/posts/<UUID:post_id>/comments/": {"content": "A"},
}


def ask(browser: Client, method: str, route: str, address: str) -> Any:
    """A request of that kind, with a body where it needs one. The browser keeps its cookies."""
    cookies = SimpleCookie({name: cookie.value for name, cookie in browser.cookies.items()})
    body = BODIES.get(route, {})
    try:
        if method == "POST" and not route.startswith("api/"):
            return browser.post(address, {"post": "yes", **body})
        if method in ("POST", "PATCH", "PUT"):
            return send(browser, method, address, body)
        return browser.generic(method, address)
    finally:
        browser.cookies = cookies


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is not."""
    with ExitStack() as opened:
        for alias in settings.DATABASES:
            opened.enter_context(transaction.atomic(using=alias))
        yield
        for alias in settings.DATABASES:
            transaction.set_rollback(True, using=alias)
