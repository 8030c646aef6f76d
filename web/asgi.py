"""What stands between the sockets and Django: receives whole requests on an event loop, lets a few
threads run Django's WSGI application, and sends what it returns. So a thread is held by the work
for a request alone, never by a client that sends or reads slowly."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from prometheus_client import Gauge

from web.front import Answer, Application, Environ, Front
from web.lanes import Lane, Late
from web.refusals import REFUSAL, Refused
from web.sockets import drop_unread
from web.uploads import Body, BodyReader, Receive

WAITING_REQUESTS = Gauge(
    "hindsight_http_requests_waiting", "Requests that wait for a thread of this process."
)
PROBE = "/healthz"
MAX_WAITING = 1_000  # requests for a thread
PIECE_BYTES = 1 << 18  # a response up to this size is sent at once
UNREAD_SECONDS = 60  # for a client to read some of its response

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Server:
    """The ASGI application. Every request that has come is answered within ``REQUEST_TIMEOUT``
    seconds: with 503 if no thread was free for half of them, or if its own takes longer.

    ``application`` runs in ``WEB_THREADS`` threads. ``/healthz`` has a thread of its own, and
    responds while all others wait for a database. So have refusals, and what follows the first
    piece of a long response: that is read from a file, and must not need a database."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.front, self._bodies = Front(), BodyReader()
        self._requests = Lane("request", settings.WEB_THREADS)
        self._probes, self._refusals = Lane("probe", 1), Lane("refusal", 1)
        self._pieces = Lane("piece", 1)
        WAITING_REQUESTS.set_function(lambda: self._requests.waiting)
        self._is_listening = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not self._is_listening:
            self._is_listening = True
            drop_unread(UNREAD_SECONDS)
        environ = wsgi_environ(scope)
        key = self.front.key(environ)
        if key and (answer := await self.front.answer(key, environ)):
            await _start(answer, send)
            await send({"type": "http.response.body", "body": answer.body, "more_body": False})
            return
        with Body(self._bodies) as body, self.front.making(key):
            try:
                await self._receive(environ, body, receive)
                application = self.front.application(key, self._application)
                response = await self._handle(application, environ)
            except Refused as refused:
                # A thread may still have the other environment, and its input.
                environ = environ | {REFUSAL: refused, "wsgi.input": io.BytesIO(body.content)}
                response = await self._refusals.run(partial(Response, self._application, environ))
            if key:
                self.front.keep(key, environ, response.whole)
        await self._send(response, send)

    async def _receive(self, environ: Environ, body: Body, receive: Receive) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        # A client that expects our consent sends no body if it gets a response instead.
        unwanted = length > self._bodies.limit and "HTTP_EXPECT" in environ
        undeclared = "HTTP_TRANSFER_ENCODING" in environ or environ["SERVER_PROTOCOL"] == "HTTP/2"
        if (length or undeclared) and not unwanted:
            environ["CONTENT_LENGTH"] = "0"  # in case that it does not come
            await self._bodies.receive(body, receive)
            # Django takes a body without a length for empty; one that is too large is refused.
            environ["CONTENT_LENGTH"] = str(body.size)
            environ["wsgi.input"] = io.BytesIO(body.content)

    async def _handle(self, application: Application, environ: Environ) -> "Response":
        handle = partial(Response, application, environ)
        if environ["PATH_INFO"] == PROBE:
            return await self._probes.run(handle)
        if self._requests.waiting >= MAX_WAITING:
            reason = f"{MAX_WAITING:,} requests wait for a thread"
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, reason)
        try:
            return await self._requests.run(handle, settings.REQUEST_TIMEOUT)
        except Late as late:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Refused(status, str(late), begun=late.begun) from late

    async def _send(self, response: "Response", send: Send) -> None:
        await _start(response, send)
        piece = response.first
        try:
            while response.has_more:
                async with asyncio.timeout(UNREAD_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._pieces.run(response.next_piece)
        except TimeoutError:
            response.close()
            return  # the connection ends before the response does
        await send({"type": "http.response.body", "body": piece, "more_body": False})


class Response:
    """What ``application`` returns for ``environ``: the head, and the ``first`` piece of the body,
    which is all of it unless that is a file."""

    def __init__(self, application: Application, environ: Environ) -> None:
        self._body: Any = application(environ, self._start)
        self._chunks = iter(self._body)
        self.has_more = getattr(self._body, "streaming", False)
        if self.has_more:
            self.first = self.next_piece()
        else:
            self.first = b"".join(self._chunks)
            self.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.encode(), value.encode("latin-1")) for name, value in headers]

    def next_piece(self) -> bytes:
        """``PIECE_BYTES`` or more; less if it is the last, which closes the response."""
        chunks, size = [], 0
        for chunk in self._chunks:
            chunks.append(chunk)
            size += len(chunk)
            if size >= PIECE_BYTES:
                break
        else:
            self.close()
        return b"".join(chunks)

    @property
    def whole(self) -> Answer | None:
        """None of one that has more."""
        return None if self.has_more else Answer(self.status, self.headers, self.first)

    def close(self) -> None:
        self.has_more = False
        if close := getattr(self._body, "close", None):
            close()


async def _start(response: "Response | Answer", send: Send) -> None:
    start = {"status": response.status, "headers": response.headers}
    await send({"type": "http.response.start", **start})


def wsgi_environ(scope: dict[str, Any]) -> Environ:
    """The WSGI environment of a request, with an empty body. Headers with an underscore in their
    names are left out: they would be taken for those with a hyphen, which a proxy may overwrite."""
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": scope["server"][1],
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            environ.setdefault(key, text)
            continue
        key = f"HTTP_{key}"
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    return environ
