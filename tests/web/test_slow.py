"""Clients and databases that are slow, against a real server: whoever is not slow is served."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from select import select
from time import monotonic
from typing import NamedTuple

import httpx
import pytest

from lab.cable import Cable
from tests import running
from tests.own import command, databases, environment
from tests.running import SECONDS
from tests.web.test_wire import BUNDLE

THREADS = 2
JSON_LINES = b"Host: localhost\r\nContent-Type: application/json\r\n"
RIGHT = {"title": "A title", "body": "A body"}


class Served(NamedTuple):
    """The posts service, in a process of its own."""

    port: int
    database: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://localhost:{self.port}{path}", timeout=SECONDS)

    def post(self, title: str) -> httpx.Response:
        url = f"http://localhost:{self.port}/api/posts/"
        return httpx.post(url, json={**RIGHT, "title": title}, timeout=SECONDS)

    def connect(self, sends: bytes = b"", reads_bytes: int = 0) -> socket.socket:
        client = socket.socket()
        if reads_bytes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, reads_bytes)
        client.settimeout(SECONDS)
        client.connect(("localhost", self.port))
        client.sendall(sends)
        return client

    def titles(self) -> list[str]:
        return [post["title"] for post in self.get("/api/posts/").json()["results"]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With timeouts that a test can wait for."""
    var = tmp_path_factory.mktemp("slow")
    settings = {"SERVICES": "posts", "THROTTLE_WRITES": "", "WEB_THREADS": str(THREADS)}
    env = environment(var, **settings, BODY_TIMEOUT="5", REQUEST_TIMEOUT="6")
    for alias in ("eventstore", "posts"):
        command(env, "manage.py", "migrate", "--database", alias)
    with running.served(env) as port:
        yield Served(port, var / "posts.sqlite3")


SLOW = {
    "bodies": b"POST /api/posts/ HTTP/1.1\r\n" + JSON_LINES + b"Content-Length: 99\r\n\r\n{",
    "chunk": b"POST /api/posts/ HTTP/1.1\r\n" + JSON_LINES + b"Transfer-Encoding: chunked\r\n\r\n9",
    "bodies for a probe": b"POST /healthz HTTP/1.1\r\n" + JSON_LINES + b"Content-Length: 9\r\n\r\n",
    "headers": b"GET /api/posts/ HTTP/1.1\r\nHost: local",
    "silence": b"",
}


@pytest.mark.parametrize("number", [4, 40])
@pytest.mark.parametrize("sends", SLOW.values(), ids=SLOW)
def test_whoever_sends_slowly_keeps_nobody_waiting(
    served: Served, sends: bytes, number: int
) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(served.connect(sends)) for _ in range(number)]

        assert served.get("/healthz").status_code == 200
        assert served.get("/api/posts/").status_code == 200
        assert served.post("Meanwhile").status_code == 201
        assert not any(map(has_response, slow))  # they were waited for all the time


@pytest.mark.parametrize("number", [4, 40])
@pytest.mark.parametrize("path", [BUNDLE, "/api/schema/"])
def test_whoever_reads_slowly_keeps_nobody_waiting_and_gets_everything(
    served: Served, path: str, number: int
) -> None:
    expected = served.get(path).content
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    with ExitStack() as stack:
        readers = [stack.enter_context(served.connect(request, 4096)) for _ in range(number)]

        assert served.get("/healthz").status_code == 200
        assert served.get("/api/posts/").status_code == 200
        assert served.post("Meanwhile").status_code == 201
        for reader in readers[:: number - 1]:
            assert response_of(reader).read() == expected


def test_a_body_that_does_not_come_is_408(served: Served) -> None:
    with served.connect(SLOW["bodies"]) as client:
        response = response_of(client)
        assert response.status == 408
        assert response.headers["Connection"] == "close"
        assert "too slowly. Nothing was saved." in json.load(response)["detail"]
        assert client.recv(1) == b""


def test_a_body_that_was_cut_off_is_not_handled(served: Served) -> None:
    body = json.dumps({**RIGHT, "title": "Cut off"}).encode()
    head = b"POST /api/posts/ HTTP/1.1\r\n" + JSON_LINES
    for sends in (
        head + b"Content-Length: 999\r\n\r\n" + body,
        head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body),
        head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\nno size\r\n" % (len(body), body),
    ):
        with served.connect(sends) as client:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(12) in (b"", b"HTTP/1.1 400")

    assert "Cut off" not in served.titles()


def test_whoever_expects_consent_gets_it_or_413_at_once(served: Served) -> None:
    body = json.dumps({**RIGHT, "title": "Expected"}).encode()
    for length, starts in ((len(body), b"HTTP/1.1 100"), (9_999_999, b"HTTP/1.1 413")):
        head = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length
        with served.connect(b"POST /api/posts/ HTTP/1.1\r\n" + JSON_LINES + head) as client:
            assert client.recv(65_536).startswith(starts)
            if length == len(body):
                client.sendall(body)
                assert client.recv(65_536).startswith(b"HTTP/1.1 201")
    assert "Expected" in served.titles()


def test_while_a_database_hangs_the_probe_responds_and_the_rest_is_503(served: Served) -> None:
    before = set(served.titles())
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        stack.enter_context(locked(served.database))
        began = monotonic()
        held = [stack.enter_context(served.connect(write(f"Held {n}"))) for n in range(THREADS)]
        queued = pool.submit(served.post, "Queued"), pool.submit(served.get, "/api/posts/")

        assert served.get("/healthz").json()["status"] == "ok"
        assert not any(map(has_response, held))
        for response in (each.result() for each in queued):
            assert response.status_code == 503
            assert response.headers["Retry-After"] == "5"
            assert {"content-security-policy", "x-correlation-id"} <= response.headers.keys()
        assert "Nothing was saved." in queued[0].result().json()["detail"]
        for each in map(response_of, held):
            assert (each.status, each.headers["Retry-After"]) == (503, "5")
            assert "saved" in json.load(each)["detail"]
        assert monotonic() - began < 20
        assert served.get("/healthz").status_code == 200

    assert served.post("Afterwards").status_code == 201
    added = set(served.titles()) - before
    assert "Afterwards" in added
    assert "Queued" not in added  # what was refused is not done later


def test_while_the_network_to_a_database_is_silent_the_probe_responds(tmp_path: Path) -> None:
    """PostgreSQL's, with more readers than threads."""
    with (
        databases("postgresql", tmp_path) as url,
        Cable(url.replace("{alias}", "posts"), 5432) as cable,
    ):
        settings = {"SERVICES": "posts", "WEB_THREADS": str(THREADS), "REQUEST_TIMEOUT": "6"}
        env = environment(tmp_path, **settings, DATABASE_URL=url)
        for alias in ("default", "eventstore", "posts"):
            command(env, "manage.py", "migrate", "--database", alias)
        with running.served({**env, "DATABASE_URL": cable.through(url)}) as port:
            posts = Served(port, tmp_path)
            assert posts.get("/api/posts/").status_code == 200
            cable.freeze()
            with ThreadPoolExecutor() as pool:
                began = monotonic()
                readers = [pool.submit(posts.get, "/api/posts/") for _ in range(3 * THREADS)]
                while not all(reader.done() for reader in readers):
                    assert posts.get("/healthz").status_code == 200
                assert {reader.result().status_code for reader in readers} == {503}
                assert monotonic() - began < 20
            cable.thaw()
            wait_until_served(posts)


def wait_until_served(posts: Served) -> None:
    """Threads that waited for the database have come back."""
    end = monotonic() + SECONDS
    while posts.get("/api/posts/").status_code != 200:
        assert monotonic() < end


def write(title: str) -> bytes:
    """A request that adds a post."""
    body = json.dumps({**RIGHT, "title": title}).encode()
    return b"POST /api/posts/ HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s" % (
        JSON_LINES,
        len(body),
        body,
    )


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """For this time nobody can write into it: writers wait."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def has_response(client: socket.socket) -> bool:
    return bool(select([client], [], [], 0)[0])


def response_of(client: socket.socket) -> HTTPResponse:
    response = HTTPResponse(client)
    response.begin()
    return response
