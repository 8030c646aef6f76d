"""Request bodies, before Django sees them: a wrapper of the WSGI application."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

CHUNK_BYTES = 1 << 16
MAX_DRAINED_BYTES = 256 * 1_000_000

Application = Callable[..., Iterable[bytes]]


@dataclass
class Bodies:
    """Gives a length to a body that came without one (chunked), which Django would take for
    empty. And reads what no view read: few clients look at a response, as a 413, before they have
    sent everything. Only for servers that mark the end of a body (``wsgi.input_terminated``)."""

    application: Application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        terminated = environ.get("wsgi.input_terminated", False)
        if not terminated or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self.application(environ, start_response)
        body = environ["wsgi.input"]
        if not environ.get("CONTENT_LENGTH"):
            # One byte over the limit is enough to be refused.
            start = b"".join(_read(body, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
            environ |= {"CONTENT_LENGTH": str(len(start)), "wsgi.input": io.BytesIO(start)}
        response = self.application(environ, start_response)
        for _ in _read(body, MAX_DRAINED_BYTES):
            pass
        return response


def _read(body: Any, limit: int) -> Iterator[bytes]:
    while limit and (chunk := body.read(min(CHUNK_BYTES, limit))):
        limit -= len(chunk)
        yield chunk
