"""Answers to the public, remembered for as long as the read model stays as it is.

The read model's version is its checkpoint: position and time, which change with every batch of
events and with every rebuild. It is the answer's ETag, and the key of the bytes that are kept.
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

ROOM = 4_000_000  # bytes in each process

Get = Callable[..., Response]


class Memory:
    """The answers of one version by URL; the one that nobody asked for longest goes first."""

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        self._version, self._used = "", 0
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def recall(self, version: str, url: str) -> bytes | None:
        with self._lock:
            if version != self._version or url not in self._answers:
                return None
            self._answers.move_to_end(url)
            return self._answers[url]

    def keep(self, version: str, url: str, answer: bytes) -> None:
        with self._lock:
            if version != self._version:
                self._answers.clear()
                self._version, self._used = version, 0
            self._used += len(answer) - len(self._answers.pop(url, b""))
            self._answers[url] = answer
            while self._used > self.room:
                self._used -= len(self._answers.popitem(last=False)[1])


memory = Memory()


def remembered(get: Get) -> Callable[..., HttpResponseBase]:
    """For a view's ``get``. Who may see more than the public, or wants a page of the browsable
    API, or says ``Cache-Control: no-cache``, is answered afresh."""

    @wraps(get)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before the rows are read: what is kept may be newer than its version, and never older.
        version = read_version() if _is_for_all(request) else None
        if version is None:
            return get(view, request, *args, **kwargs)
        tag = f'"{version}"'
        if tag in request.headers.get("If-None-Match", ""):
            return _tagged(HttpResponse(status=HTTPStatus.NOT_MODIFIED), tag)
        url = request.build_absolute_uri()
        if known := memory.recall(version, url):
            return _tagged(HttpResponse(known, content_type="application/json"), tag)
        fresh = get(view, request, *args, **kwargs)
        fresh.add_post_render_callback(lambda rendered: memory.keep(version, url, rendered.content))
        return _tagged(fresh, tag)

    return answer


def read_version() -> str | None:
    """The position of the read model, and when it came there; None where it has none. One query."""
    checkpoint = Checkpoint.objects.filter(consumer=consumer.name).first()
    if checkpoint is None:
        return None
    return f"{checkpoint.position}-{checkpoint.updated_at.timestamp():.6f}"


def _is_for_all(request: Request) -> bool:
    return (
        request.accepted_renderer.media_type == "application/json"
        and "no-cache" not in request.headers.get("Cache-Control", "")
        and not request.user.is_authenticated
        and not own_comments(request)
    )


def _tagged(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask
    return response
