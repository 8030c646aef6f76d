"""The front door: what was answered to the public is answered again without Django, with the same
bytes and headers, for as long as the read model's version is the same.

A view that answers the public calls ``remember``; then the server keeps the response that leaves
the middleware, by all of the request that it depends on. A request of somebody who may be shown
something else never comes to this memory, and its response never into it.

Where the view also leaves a function that makes the body again, the same request is answered
without Django after a change, too: what Django has validated needs no validation, and the headers
are those that it sent.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connections
from django.http import HttpRequest

from eventstore import correlation, deadlines
from eventstore.outages import is_outage
from web.etags import is_tag_known
from web.logs import log_access
from web.metrics import count_request
from web.middleware import correlation_id_of
from web.readers import COOKIE as OWN_COMMENTS
from web.slots import Page, cookie_of, new_secret, secret_of, token_of
from web.versions import Checkpoint, Looks

log = logging.getLogger(__name__)

MARK = "hindsight.remember"  # in the WSGI environment, where no header of a request can be
DEPENDS_ON = (
    *("wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT", "HTTP_ORIGIN"),
    *("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "CONTENT_TYPE"),
)
FOR_DJANGO = {
    *("HTTP_AUTHORIZATION", "HTTP_EXPECT", "HTTP_RANGE", "HTTP_IF_MATCH"),
    *("HTTP_IF_UNMODIFIED_SINCE", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"),
    "CONTENT_LENGTH",
}
"""A request with one of these is an exception, and Django handles it."""
COOKIES = (settings.SESSION_COOKIE_NAME, OWN_COMMENTS, CookieStorage.cookie_name)
MAKING_SECONDS = 1.0  # that a request waits for another's answer
OVERHEAD_BYTES = 1_000  # of an answer that is kept, beside its bytes
AGAIN_BYTES = 5_000  # of what makes one again: SQL and a place in a list
OF_EACH, OF_EACH_READER = {b"x-correlation-id"}, {b"set-cookie", b"etag", b"content-length"}
OF_A_BODY = {b"content-type", b"content-length"}  # headers that a 304 has not

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Key = tuple[str | None, ...]
Headers = list[tuple[bytes, bytes]]
Again = Callable[[], tuple[str, bytes]]
"""Returns the read model's version and, read after it, the body. Raises whatever a view does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a view states about its response. ``version``: the read model's, by a look that came
    before its rows were read; empty if the response must not be given again. ``page``: the
    response, if it has slots."""

    checkpoint: Checkpoint
    version: str
    address: str
    path: str
    page: Page | None
    again: Again | None


@dataclass(slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A response to the public. ``headers`` are those that all its readers get."""

    mark: Mark
    headers: Headers
    body: bytes
    etag: bytes

    @property
    def size(self) -> int:
        headers = sum(len(name) + len(value) for name, value in self.headers)
        page = self.mark.page.size if self.mark.page else 0
        again = AGAIN_BYTES if self.mark.again else 0
        return len(self.body) + headers + page + again + OVERHEAD_BYTES


def remember(
    request: HttpRequest,
    checkpoint: Checkpoint,
    version: str,
    page: Page | None = None,
    again: Again | None = None,
) -> None:
    """The response to this request may be given to everybody in the public who sends the same,
    while ``checkpoint`` has this version; if it has another, or ``version`` is empty, what
    ``again`` makes."""
    match = request.resolver_match
    address = match.view_name if match else ""
    request.META[MARK] = Mark(checkpoint, version, address, request.path, page, again)


def is_of_public(environ: Environ) -> bool:
    """Whether the request with this WSGI environment has no cookie of somebody who may be shown
    more."""
    cookies = environ.get("HTTP_COOKIE", "")
    return not (cookies and any(name in cookies for name in COOKIES))


def wants_new(environ: Environ) -> bool:
    """Whether it must not be given what others were given."""
    return "no-cache" in environ.get("HTTP_CACHE_CONTROL", "")


class Front:
    """The memory of one event loop: ``REMEMBERED_BYTES`` of answers, of which the least recently
    used goes first."""

    def __init__(self) -> None:
        self._room: int = settings.REMEMBERED_BYTES
        self._used = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._making: dict[Key, asyncio.Future[None]] = {}
        self._looks: dict[Checkpoint, Looks] = {}

    @property
    def used(self) -> int:
        """Bytes."""
        return self._used

    def key(self, environ: Environ) -> Key | None:
        """All that the answer depends on beside the read model; None if it may not be kept."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_HOST" not in environ:
            return None
        if not FOR_DJANGO.isdisjoint(environ) or not is_of_public(environ):
            return None
        if "HTTP_IF_MODIFIED_SINCE" in environ and "HTTP_IF_NONE_MATCH" not in environ:
            return None
        return (*map(environ.get, DEPENDS_ON), "new" if wants_new(environ) else None)

    async def answer(self, key: Key, environ: Environ) -> Answer | None:
        """None where ``application`` has to answer."""
        kept, start = self._kept.get(key), perf_counter()
        if kept is None or not kept.mark.version:
            return None
        try:
            kept = await self._current(key, kept)
            answer = _answer(kept, environ) if kept else None
        except Exception:
            log.exception("Django answers what could not be answered before it")
            return None
        if kept is None or answer is None:
            return None
        if key in self._kept:
            self._kept.move_to_end(key)
        _record(answer, kept.mark, environ, start)
        return answer

    def application(self, key: Key | None, django: Application) -> Application:
        """What answers where ``answer`` does not, in a thread: ``django``, or the function that the
        view left for this."""
        kept = self._kept.get(key) if key else None
        return partial(_answer_again, kept, django) if kept and kept.mark.again else django

    async def _current(self, key: Key, kept: Kept) -> Kept | None:
        """It, if the read model is as it was; or what another request, which Django handles now, is
        answered: so what many readers ask for is made once after each change."""
        look = self._looks[kept.mark.checkpoint].now
        version = await look()
        kept = self._kept.get(key, kept)  # what another request was answered meanwhile
        if version not in (None, kept.mark.version) and key in self._making:
            await asyncio.wait([self._making[key]], timeout=MAKING_SECONDS)
            version = await look()
            kept = self._kept.get(key, kept)
        return kept if version == kept.mark.version else None

    @contextmanager
    def making(self, key: Key | None) -> Iterator[None]:
        """In this context Django answers, and the answer is kept."""
        if key is None or key in self._making:
            yield
            return
        self._making[key] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            self._making.pop(key).set_result(None)

    def keep(self, key: Key, environ: Environ, answer: Answer | None) -> None:
        """The ``application``'s to the request with this environment, if its view called
        ``remember``."""
        mark: Mark | None = environ.get(MARK)
        if mark is None or answer is None or answer.status != HTTPStatus.OK:
            return
        own = OF_EACH | OF_EACH_READER if mark.page else OF_EACH
        headers = [each for each in answer.headers if each[0].lower() not in own]
        found = {name.lower(): value for name, value in headers}
        if b"set-cookie" in found:
            return
        body = b"" if mark.page or not mark.version else answer.body
        kept = Kept(mark, headers, body, found.get(b"etag", b""))
        if kept.size > self._room:
            return
        if key in self._kept:
            self._forget(key)
        self._kept[key] = kept
        self._used += kept.size
        while self._used > self._room:
            self._forget(next(iter(self._kept)))
        if mark.checkpoint not in self._looks:
            self._looks[mark.checkpoint] = Looks(mark.checkpoint)

    def close(self) -> None:
        for looks in self._looks.values():
            looks.close()

    def _forget(self, key: Key) -> None:
        self._used -= self._kept.pop(key).size


def _answer(kept: Kept, environ: Environ) -> Answer | None:
    """For this reader, but without a correlation id. None if Django has to look at the cookie."""
    known = environ.get("HTTP_IF_NONE_MATCH")
    page = kept.mark.page
    if page is None:
        if known and kept.etag and is_tag_known(known, kept.etag.decode()):
            return _not_modified(kept.headers)
        return Answer(HTTPStatus.OK, [*kept.headers], kept.body)
    secret = secret_of(environ.get("HTTP_COOKIE", ""))
    if secret is None:
        return None
    etag = page.etag(kept.mark.version, secret)
    if known and is_tag_known(known, etag):
        return _not_modified([*kept.headers, (b"ETag", etag.encode())])
    cookies, token = [], ""
    if page.has_token:
        secret = secret or new_secret()
        cookies, token = [(b"Set-Cookie", cookie_of(secret))], token_of(secret)
        etag = page.etag(kept.mark.version, secret)
    body = page.filled(token)
    own = [(b"Content-Length", b"%d" % len(body)), (b"ETag", etag.encode())]
    return Answer(HTTPStatus.OK, [*kept.headers, *own, *cookies], body)


def _answer_again(
    kept: Kept, django: Application, environ: Environ, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """What ``kept`` is now, if its body can be made again; else, and for all errors, ``django``
    answers."""
    start, mark = perf_counter(), kept.mark
    with deadlines.within(settings.DATABASE_TIMEOUT):
        try:
            assert mark.again
            connections[mark.checkpoint.alias].close_if_unusable_or_obsolete()  # as Django does
            version, body = mark.again()
        except Exception as error:
            if not is_outage(error):
                log.exception("Django answers what could not be answered before it")
            return django(environ, start_response)
    etag = f'"{version}"'.encode() if version else b""
    own = {b"etag": etag, b"content-length": b"%d" % len(body)}
    headers = [(name, own.get(name.lower(), value)) for name, value in kept.headers]
    environ[MARK] = mark = replace(mark, version=version)
    answer = _answer(Kept(mark, headers, body, etag), environ)
    assert answer
    _record(answer, mark, environ, start)
    named = [(name.decode(), value.decode("latin-1")) for name, value in answer.headers]
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", named)
    return [answer.body]


def _record(answer: Answer, mark: Mark, environ: Environ, start: float) -> None:
    """Gives it its correlation id, and its place in log and metrics."""
    method, correlation_id = environ["REQUEST_METHOD"], correlation_id_of(environ)
    answer.headers.append((b"X-Correlation-ID", correlation_id.encode()))
    with correlation.scope(correlation_id):
        log_access(method, mark.path, answer.status, start)
    count_request(method, mark.address, answer.status, perf_counter() - start)


def _not_modified(headers: Headers) -> Answer:
    rest = [each for each in headers if each[0].lower() not in OF_A_BODY]
    return Answer(HTTPStatus.NOT_MODIFIED, [*rest, (b"Content-Length", b"0")], b"")
