"""Requests of any method to any route, and nothing left of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.calls import send

POST = {"title": "A title", "body": "A body"}
BODIES: dict[str, Any] = {
    "posts/": POST,
    "posts/<uuid:post_id>/comments/": {"content": "A"},
    "api/posts/": POST,
    "api/posts/<uuid:post_id>/": {"title": "B"},
    "api/posts/<uuid:post_id>/comments/": {"content": "A"},
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
