"""The blog behind its front door: the server of ``web/asgi.py`` with Django, without a socket."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from query import remembered
from web import front, versions
from web.asgi import Server
from web.front import Environ

DJANGO = get_wsgi_application()
OF_EACH = {"x-correlation-id", "set-cookie"}


@dataclass(frozen=True)
class Reply:
    status: int
    pairs: list[tuple[str, str]]
    body: bytes
    by_django: bool

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        """All of this name."""
        return ", ".join(value for key, value in self.pairs if key.lower() == name.lower())

    @property
    def common(self) -> list[tuple[str, str]]:
        """The headers that do not differ between two responses to the same request."""
        pairs = ((key.lower(), value) for key, value in self.pairs)
        return sorted(pair for pair in pairs if pair[0] not in OF_EACH)


class Site:
    """``handled``: the paths that Django was called for."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.server = Server(self._application)
        self._loop = asyncio.new_event_loop()

    def _application(self, environ: Environ, start: Callable[..., Any]) -> Any:
        self.handled.append(environ["PATH_INFO"])
        return DJANGO(environ, start)

    def get(self, address: str, method: str = "GET", **headers: str) -> Reply:
        """Header names come with underscores. ``Host`` is localhost, unless it is given."""
        return self._loop.run_until_complete(self._request(address, method, headers))

    def get_all(self, *addresses: str) -> list[Reply]:
        """At the same time."""

        async def every() -> list[Reply]:
            return await asyncio.gather(*(self._request(each, "GET", {}) for each in addresses))

        return self._loop.run_until_complete(every())

    async def _request(self, address: str, method: str, headers: dict[str, str]) -> Reply:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        path, _, query = address.partition("?")
        named = {"Host": "localhost"} | {key.replace("_", "-"): headers[key] for key in headers}
        scope = {
            "type": "http",
            "method": method,
            "http_version": "1.1",
            "scheme": "http",
            "raw_path": quote(path, safe="/%").encode(),
            "query_string": query.encode(),
            "server": ("127.0.0.1", "80"),
            "client": ("127.0.0.1", "9"),
            "headers": [(key.lower().encode(), value.encode()) for key, value in named.items()],
        }
        before = len(self.handled)
        await self.server(scope, receive, send)
        start, *parts = sent
        pairs = [(key.decode(), value.decode()) for key, value in start["headers"]]
        body = b"".join(part["body"] for part in parts)
        return Reply(start["status"], pairs, body, len(self.handled) > before)

    def close(self) -> None:
        """Their threads go on; what they have opened is closed."""
        self.server.front.close()
        for lane in (self.server._requests, self.server._refusals, self.server._probes):
            self._loop.run_until_complete(lane.run(connections.close_all))
        self._loop.close()


@pytest.fixture
def site(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> Iterator[Site]:
    """On a machine that is slow, too, a look is in time."""
    settings.WEB_THREADS = 1
    for name in ("LOOK_SECONDS", "DATABASE_SECONDS"):
        monkeypatch.setattr(versions, name, 60.0)
    monkeypatch.setattr(front, "MAKING_SECONDS", 60.0)
    monkeypatch.setattr(remembered, "memory", remembered.Memory())
    site = Site()
    yield site
    site.close()
