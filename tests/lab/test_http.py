"""HTTP between the lab's processes: kept connections, real delays, every call counted."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lab.http import QUERIES, REQUESTS, WAITED, CallFailed, Calls, Network, NoResponse


class Echo(BaseHTTPRequestHandler):
    """Responds with the path: to ``/slow`` after a while, to ``/bad`` with an error, to ``/sum`` as
    a process that made calls itself; after ``/bye`` it closes the connection unannounced."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.clients.add(self.client_address)
        server.paths.append(self.path)
        if self.path == "/slow":
            server.released.wait(5)
        self.send_response(503 if self.path == "/bad" else 200)
        self.send_header("Content-Length", str(len(self.path) + 2))
        self.send_header(QUERIES, "3")
        if self.path == "/sum":
            self.send_header(REQUESTS, "5")
            self.send_header(WAITED, "0.25")
        self.end_headers()
        self.wfile.write(f'"{self.path}"'.encode())
        self.close_connection = self.path == "/bye"

    def do_POST(self) -> None:
        server: Any = self.server
        server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.clients: set[Any] = set()
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that did not wait is part of the test."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


@pytest.fixture
def server(network: Network) -> Iterator[Server]:
    with serving() as server:
        yield server
        network.client.close()  # the server waits for those that keep one open


def test_a_connection_is_kept_and_used_again(network: Network, server: Server) -> None:
    calls = Calls(network)

    responses = [calls.get(f"{server.url}/{number}").data for number in range(5)]

    assert responses == ["/0", "/1", "/2", "/3", "/4"]
    assert len(server.clients) == 1
    assert (calls.requests, calls.queries) == (5, 15)


def test_responses_come_in_the_order_of_the_requests(network: Network, server: Server) -> None:
    calls = Calls(network, delay=0.01)

    answers = calls.get_all([f"{server.url}/{number}" for number in range(20)], at_a_time=6)

    assert [answer.data for answer in answers] == [f"/{number}" for number in range(20)]
    assert len(server.clients) == 6
    assert calls.requests == 20


def test_the_delay_is_waited_for(network: Network, server: Server) -> None:
    calls = Calls(network, delay=0.02)
    began = time.perf_counter()

    calls.get_all([server.url + "/"] * 5, at_a_time=1)

    assert time.perf_counter() - began >= calls.waited >= 5 * 0.02
    assert calls.longest >= 0.02


def test_what_the_other_side_did_is_added(network: Network, server: Server) -> None:
    calls = Calls(network)

    calls.get(f"{server.url}/sum")

    assert (calls.requests, calls.queries, calls.waited) == (6, 3, 0.25)


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_one_that_fails_ends_all(network: Network, server: Server, at_a_time: int) -> None:
    calls = Calls(network)
    urls = [server.url + "/", server.url + "/bad", *([server.url + "/never"] * 50)]

    with pytest.raises(CallFailed, match="answered 503"):
        calls.get_all(urls, at_a_time)

    assert calls.requests < len(urls)


def test_a_time_limit_ends_all_calls(network: Network, server: Server) -> None:
    calls = Calls(network, timeout=0.2)
    began = time.perf_counter()

    with pytest.raises(CallFailed, match="no response in time"):
        calls.get(f"{server.url}/slow")
    with pytest.raises(CallFailed, match="time limit"):
        calls.get(f"{server.url}/")

    assert 0.2 <= time.perf_counter() - began < 2


def test_a_kept_connection_that_was_closed_is_no_failure(network: Network, server: Server) -> None:
    Calls(network).get(f"{server.url}/bye")

    assert Calls(network).get(f"{server.url}/again").data == "/again"


def test_a_write_is_sent_on_a_kept_connection_and_never_twice(
    network: Network, server: Server
) -> None:
    client = network.client
    for path in ("/one", "/two", "/bye"):
        assert client.post(f"{server.url}{path}", {"a": path}).status == 200
    assert len(server.clients) == 1

    with pytest.raises(NoResponse):  # that connection was closed: it may have been taken
        client.post(f"{server.url}/three", {})
    client.post(f"{server.url}/four", {})

    assert server.paths == ["/one", "/two", "/bye", "/four"]
    assert server.bodies == [b'{"a":"/one"}', b'{"a":"/two"}', b'{"a":"/bye"}', b"{}"]


def test_a_refused_connection_fails_the_call(network: Network) -> None:
    with serving() as server:
        url = server.url
        Calls(network).get(f"{url}/")
        network.client.close()

    with pytest.raises(CallFailed, match="refused"):
        Calls(network).get(f"{url}/")
