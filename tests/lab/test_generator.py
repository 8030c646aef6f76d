"""The load generator: it counts what comes, and a server that stalls is not measured less often."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.errors import LabFailed
from lab.generator import Generator, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"
ERROR = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Answers(socketserver.BaseRequestHandler):
    """Answers each request by its path; ``/slow`` one at a time, in 20 ms each."""

    turn = threading.Lock()
    received: list[bytes] = []

    def handle(self) -> None:
        while data := self.request.recv(65_536):
            self.received.append(data)
            path = data.split()[1]
            if path == b"/slow":
                with self.turn:
                    time.sleep(0.02)
            if path == b"/parts":
                self.request.sendall(OK[:25])
                self.request.sendall(OK[25:])
                continue
            others = {b"/old": NOT_MODIFIED, b"/bad": ERROR, b"/endless": ENDLESS}
            if path == b"/bye":
                return
            self.request.sendall(others.get(path, OK))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def server() -> Iterator[str]:
    Answers.received.clear()
    with Server(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["/", "/old", "/parts"])
def test_each_connection_goes_on_when_it_has_its_response(path: str) -> None:
    with server() as address, Generator() as generator:
        result = generator.closed([request("GET", address + path)], address, 0.2, 4)
    assert result.expect_success().responses >= 4
    assert 0 < result.latencies["50"] <= result.latencies["99"]
    assert result.busy > 0
    assert result.rate == pytest.approx(result.responses / result.seconds)


def test_requests_are_sent_in_turn_as_they_are() -> None:
    with server() as address, Generator() as generator:
        first = request("POST", f"{address}/a?b=1", {"content": "é"}, {"X-Name": "1"})
        second = request("GET", address)
        generator.closed([first, second], address, 0.1, 1)
    assert Answers.received[:4] == [first, second, first, second]
    assert first.startswith(b"POST /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert first.endswith('\r\n\r\n{"content":"é"}'.encode())


def test_errors_are_no_successes() -> None:
    with server() as address, Generator() as generator:
        result = generator.closed([request("GET", f"{address}/bad")], address, 0.1, 2)
    assert result.responses == 0
    assert result.failed >= 2
    with pytest.raises(LabFailed, match=r"requests failed"):
        result.expect_success()


def test_latency_counts_from_when_a_request_was_due() -> None:
    """The server answers 50 a second, in 20 ms each; at 100 a second the queue grows by a second
    every two seconds, whatever a single response takes."""
    with server() as address, Generator() as generator:
        slow = [request("GET", f"{address}/slow")]
        alone = generator.closed(slow, address, 0.2, 1)
        result = generator.open(slow, address, 0.6, rate=100, connections=2)
    assert result.responses == 60
    assert result.latencies["99"] > 400 > 5 * alone.latencies["50"]


def test_an_open_loop_keeps_its_rate() -> None:
    with server() as address, Generator() as generator:
        result = generator.open([request("GET", address)], address, 0.5, rate=200)
    assert result.expect_success().responses == 100
    assert result.seconds > 0.45


@pytest.mark.parametrize(
    ("path", "problem"), [("/bye", "closed the connection"), ("/endless", "no Content-Length")]
)
def test_what_it_cannot_measure_is_an_error(path: str, problem: str) -> None:
    with server() as address, Generator() as generator:
        with pytest.raises(LabFailed, match=problem):
            generator.closed([request("GET", address + path)], address, 0.1, 1)
        # It goes on with the next order.
        assert generator.closed([request("GET", address)], address, 0.1, 1).responses
