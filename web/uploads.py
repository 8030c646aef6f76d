"""Request bodies as they come in: how long one may take, and how much memory all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings

from web.bodies import MAX_DRAINED_BYTES
from web.refusals import Refused

MIN_BYTES_PER_SECOND = 10_000  # of a body that takes longer than BODY_TIMEOUT
SMALL_BYTES = 16_000  # a body of this size is received however many others there are
MAX_MEMORY_BYTES = 64_000_000  # of the others together; or eight of the largest size

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyReader:
    """Receives bodies on the event loop. Each has ``BODY_TIMEOUT`` seconds, and more as far as it
    comes at ``MIN_BYTES_PER_SECOND``. Those that are not small share ``MAX_MEMORY_BYTES``, until
    their requests are answered."""

    def __init__(self) -> None:
        self.limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.free_bytes = max(MAX_MEMORY_BYTES, 8 * self.limit)
        self._max_read_bytes = max(MAX_DRAINED_BYTES, self.limit + 1)

    async def receive(self, body: "Body", receive: Receive) -> None:
        """All of it; of one that is too large only the size. Few clients look at a response before
        they have sent everything. Raises Refused for a body that comes too slowly, is broken, or
        finds no memory."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout_at(began + settings.BODY_TIMEOUT) as deadline:
                while body.size < self._max_read_bytes:
                    message = await receive()
                    if message["type"] != "http.request":
                        reason = "its body is broken, or the client left"
                        raise Refused(HTTPStatus.BAD_REQUEST, reason)
                    body.append(message["body"])
                    if not message["more_body"]:
                        return
                    seconds = settings.BODY_TIMEOUT + body.size / MIN_BYTES_PER_SECOND
                    deadline.reschedule(began + seconds)
        except TimeoutError as error:
            reason = f"{body.size:,} bytes of its body came in {loop.time() - began:.0f} seconds"
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, reason) from error


@dataclass
class Body:
    """What came of a body. As a context: its memory is free afterwards."""

    reader: BodyReader
    size: int = 0
    content: bytearray = field(default_factory=bytearray)
    _taken_bytes: int = 0

    def append(self, chunk: bytes) -> None:
        """Raises Refused if there is no memory for it."""
        self.size += len(chunk)
        if self.size > self.reader.limit:
            self.free()
        elif self.size <= SMALL_BYTES or self._take(self.size):
            self.content += chunk
        else:
            reason = "there is no memory for its body beside all others"
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, reason)

    def _take(self, size: int) -> bool:
        more = size - self._taken_bytes
        if more > self.reader.free_bytes:
            return False
        self.reader.free_bytes -= more
        self._taken_bytes = size
        return True

    def free(self) -> None:
        self.content.clear()
        self.reader.free_bytes += self._taken_bytes
        self._taken_bytes = 0

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *_: object) -> None:
        self.free()
