"""A server that says what it was asked, and one who asks it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lab.network import QUERIES, REQUESTS, WAITED, Network


class Echo(BaseHTTPRequestHandler):
    """Answers with the path; ``/slow`` after a while, ``/bad`` with an error, ``/sum`` as one who
    made calls himself. ``/bye`` closes the connection without saying so."""

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
        network.connections.close()  # the server waits for those that keep one open
