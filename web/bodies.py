"""Bodies of requests, before Django sees them: a part of the WSGI application."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

CHUNK = 1 << 16
PATIENCE = 256 * 1_000_000  # bytes that are read to be thrown away

Application = Callable[..., Iterable[bytes]]


class Bodies:
    """Gives a length to a body that came without one (chunked), which Django would take for
    empty. And reads to the end what nobody wanted: few clients look at an answer before they
    have sent all, so that a 413 would be a broken pipe to them.

    Only for servers that say where a body ends (``wsgi.input_terminated``), as granian does.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        ends = environ.get("wsgi.input_terminated", False)
        if not ends or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self.application(environ, start_response)
        body = environ["wsgi.input"]
        if not environ.get("CONTENT_LENGTH"):
            # One byte over the limit is enough to be refused.
            start = _read(body, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"CONTENT_LENGTH": str(len(start)), "wsgi.input": io.BytesIO(start)}
        response = self.application(environ, start_response)
        _drain(body)
        return response


def _read(body: Any, most: int) -> bytes:
    """At most ``most`` bytes."""
    read = bytearray()
    while len(read) < most and (chunk := body.read(min(CHUNK, most - len(read)))):
        read += chunk
    return bytes(read)


def _drain(body: Any) -> None:
    left = PATIENCE
    while left > 0 and (chunk := body.read(CHUNK)):
        left -= len(chunk)
