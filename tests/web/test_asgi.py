"""The server around an application that hangs."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.wsgi import get_wsgi_application
from prometheus_client import REGISTRY

from web.asgi import Server
from web.front import Environ

DJANGO = get_wsgi_application()


class Application:
    """Django's; but requests that write hang, until they may ``go``. Thereby nothing is written."""

    def __init__(self) -> None:
        self.go, self.written = Event(), list[str]()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "POST" and "hindsight.refusal" not in environ:
            self.go.wait()
            self.written.append(environ["PATH_INFO"])
        return DJANGO(environ, start)


@pytest.fixture
def application(settings: LazySettings) -> Iterator[Application]:
    settings.WEB_THREADS, settings.REQUEST_TIMEOUT = 1, 1.0
    application = Application()
    yield application
    application.go.set()


async def request(server: Server, method: str, path: str, *headers: str) -> tuple[int, str]:
    """Status and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = [header.encode().split(b": ") for header in ("Host: localhost", *headers)]
    address = {"path": path, "raw_path": path.encode(), "query_string": b""}
    ends = {"server": ("127.0.0.1", "80"), "client": ("127.0.0.1", "9")}
    scope = {"type": "http", "method": method, "http_version": "1.1", "scheme": "http"}
    await server(scope | address | ends | {"headers": pairs}, receive, send)
    return sent[0]["status"], b"".join(each["body"] for each in sent[1:]).decode()


def test_a_write_that_hangs_may_have_been_saved_and_one_that_waited_was_not(
    application: Application,
) -> None:
    async def history() -> list[tuple[int, str]]:
        server = Server(application)
        writes = [
            asyncio.create_task(request(server, "POST", "/api/hangs/", "Idempotency-Key: a")),
            asyncio.create_task(request(server, "POST", "/api/waits/", "Idempotency-Key: b")),
            asyncio.create_task(request(server, "GET", "/api/nowhere/")),
        ]
        await asyncio.wait(writes[1:])
        assert not writes[0].done()
        assert (await request(server, "GET", "/healthz"))[0] == 200
        answers = [await write for write in writes]
        application.go.set()
        assert (await request(server, "GET", "/api/nowhere/"))[0] == 404
        return answers

    hangs, waits, reads = asyncio.run(history())
    assert [status for status, _ in (hangs, waits, reads)] == [503] * 3
    assert "It may have been saved. Sending it again with the same Idempotency-Key" in hangs[1]
    assert "Nothing was saved by this request." in waits[1]
    assert "saved" not in reads[1]
    assert application.written == ["/api/hangs/"]


def test_metrics_show_how_many_requests_wait_for_a_thread(application: Application) -> None:
    def waiting() -> float | None:
        return REGISTRY.get_sample_value("hindsight_http_requests_waiting")

    async def history() -> None:
        server = Server(application)
        writes = [asyncio.create_task(request(server, "POST", f"/{name}/")) for name in "abc"]
        async with asyncio.timeout(60):
            while waiting() != 2:
                await asyncio.sleep(0.001)
            application.go.set()
            await asyncio.wait(writes)
        assert waiting() == 0

    asyncio.run(history())


def test_an_application_that_fails_does_not_take_its_thread_with_it(
    settings: LazySettings,
) -> None:
    settings.WEB_THREADS = 1

    def fail(environ: Environ, start: Callable[..., Any]) -> Any:
        return DJANGO(environ, start) if environ["PATH_INFO"] == "/api/readable" else 1 / 0

    async def history() -> None:
        server = Server(fail)
        with pytest.raises(ZeroDivisionError):  # granian logs it, and answers 500
            await request(server, "GET", "/")
        assert (await request(server, "GET", "/api/readable"))[0] == 404

    asyncio.run(history())
