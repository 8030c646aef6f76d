"""A cache of responses to the public, for as long as the read model stays as it is.

The read model's version is its checkpoint: position and time, which change with every batch of
events and with every rebuild. It is the response's ETag, and the key of the cached bytes.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from query.models import Checkpoint, consumer
from web.readers import own_comments

MAX_CACHED_BYTES = 4_000_000  # in each process
Get = Callable[..., Response]


class Memory:
    """The responses of one version by URL; the least recently used goes first."""

    def __init__(self, room: int = MAX_CACHED_BYTES) -> None:
        self.room = room
        self._version, self._used = "", 0
        self._responses: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def recall(self, version: str, url: str) -> bytes | None:
        with self._lock:
            if version != self._version or url not in self._responses:
                return None
            self._responses.move_to_end(url)
            return self._responses[url]

    def keep(self, version: str, url: str, response: bytes) -> None:
        with self._lock:
            if version != self._version:
                self._responses.clear()
                self._version, self._used = version, 0
            self._used += len(response) - len(self._responses.pop(url, b""))
            self._responses[url] = response
            while self._used > self.room:
                self._used -= len(self._responses.popitem(last=False)[1])


memory = Memory()


def remembered(get: Get) -> Callable[..., HttpResponseBase]:
    """A decorator for a view's ``get``. Not for readers who may see more than the public, for
    pages of the browsable API, or with ``Cache-Control: no-cache``."""

    @wraps(get)
    def respond(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before the rows are read: what is cached may be newer than its version, and never older.
        version = read_version() if _is_public(request) else None
        if version is None:
            return get(view, request, *args, **kwargs)
        tag, url = f'"{version}"', request.build_absolute_uri()
        response: HttpResponseBase
        if tag in request.headers.get("If-None-Match", ""):
            response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        elif known := memory.recall(version, url):
            response = HttpResponse(known, content_type="application/json")
        else:
            response = fresh = get(view, request, *args, **kwargs)
            fresh.add_post_render_callback(lambda done: memory.keep(version, url, done.content))
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"  # keep it, but validate it
        return response

    return respond


def read_version() -> str | None:
    """The position of the read model and the time of it; None where it has none. One query."""
    row = Checkpoint.objects.filter(consumer=consumer.name).first()
    return f"{row.position}-{row.updated_at.timestamp():.6f}" if row else None


def _is_public(request: Request) -> bool:
    return (
        request.accepted_renderer.media_type == "application/json"
        and "no-cache" not in request.headers.get("Cache-Control", "")
        and not request.user.is_authenticated
        and not own_comments(request)
    )
