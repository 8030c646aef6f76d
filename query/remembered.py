"""What the public is shown is remembered for as long as the read model stays as it is.

The read model's version is its checkpoint: position and time, which change with every batch of
events and with every rebuild. It is the ETag of the API's responses, and part of that of pages.
``web/front.py`` keeps what these decorators let it, and answers with it; behind another server than
granian, the API's bytes are kept here.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.middleware.csrf import get_token
from rest_framework.request import Request
from rest_framework.response import Response

from query.models import consumer
from web.etags import is_tag_known
from web.front import Again, is_of_public, remember, wants_new
from web.readers import own_comments
from web.slots import Page, slots
from web.versions import Checkpoint

MAX_CACHED_BYTES = 4_000_000  # in each process
Get = Callable[..., Response]
View = Callable[..., HttpResponse]

checkpoint = Checkpoint(consumer)


class Memory:
    """The responses of one version by URL and media type; the least recently used goes first."""

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
    pages of the browsable API, or with ``Cache-Control: no-cache``. A view that has ``again`` then
    is not called for the same request any more: see ``_again``."""

    @wraps(get)
    def respond(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_public, is_new = _is_public(request), wants_new(request.META)
        # Before the rows are read: what is cached may be newer than its version, and never older.
        state = checkpoint.state() if is_public and not is_new else None
        if state is None:
            found = get(view, request, *args, **kwargs)
            if is_public and is_new:
                remember(request._request, checkpoint, "", again=_again(view, request))
            return found
        version = state.version
        url = (
            f"{request.build_absolute_uri()} {request.accepted_media_type}"  # it may have indent=2
        )
        tag = f'"{version}"'
        is_unchanged = is_tag_known(request.headers.get("If-None-Match", ""), tag)
        response: HttpResponseBase

        def keep(rendered: HttpResponse) -> HttpResponse | None:
            memory.keep(version, url, rendered.content)
            return _not_modified(rendered) if is_unchanged else None

        if known := memory.recall(version, url):
            whole = HttpResponse(known, content_type="application/json")
            response = HttpResponseNotModified() if is_unchanged else whole
        else:  # only what is there is unchanged: a wrong request gets its error
            response = fresh = get(view, request, *args, **kwargs)
            fresh.add_post_render_callback(keep)
        remember(request._request, checkpoint, version, again=_again(view, request))
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"  # keep it, but validate it
        return response

    return respond


def remembered_page(view: View) -> View:
    """A decorator for a page. Not for readers with a session or with comments of their own, and not
    for who comes back from a form, whose page may be late."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_public = is_of_public(request.META) and not wants_new(request.META)
        is_early = "min_position" not in request.GET
        state = checkpoint.state() if is_public and is_early else None  # before the rows are read
        if state is None:
            return view(request, *args, **kwargs)
        version = state.version

        def etag() -> str:
            return page.etag(version, request.META.get("CSRF_COOKIE", ""))

        with slots(request):
            response = view(request, *args, **kwargs)
        page = Page(response.content)
        is_shown = response.status_code == HTTPStatus.OK
        if is_shown and is_tag_known(request.headers.get("If-None-Match", ""), etag()):
            return HttpResponseNotModified(headers={"ETag": etag()})
        response.content = page.filled(get_token(request) if page.has_token else "")
        if is_shown:
            remember(request, checkpoint, version, page)
            response.headers["ETag"] = etag()
        return response

    return respond


def _not_modified(response: HttpResponse) -> HttpResponse:
    of_a_body = ("content-type", "content-length")
    rest = {name: value for name, value in response.items() if name.lower() not in of_a_body}
    return HttpResponseNotModified(headers=rest)


def _again(view: Any, request: Request) -> Again | None:
    """What makes the body of a response to this request again, if the view has left ``again``,
    which returns the response's data. Not for who waits for a position."""
    data: Callable[[], Any] | None = getattr(view, "again", None)
    renderer: Any = request.accepted_renderer
    media_type = request.accepted_media_type
    is_new = wants_new(request.META)
    if data is None or "min_position" in request.query_params:
        return None

    def again() -> tuple[str, bytes]:
        state = None if is_new else checkpoint.state()
        if not (is_new or state):
            raise LookupError("the read model has no version")
        return state.version if state else "", renderer.render(data(), media_type, {})

    return again


def _is_public(request: Request) -> bool:
    return (
        request.accepted_renderer.media_type == "application/json"
        and not request.user.is_authenticated
        and not own_comments(request)
    )
