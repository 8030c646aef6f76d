"""HTTP for small processes: a server of POSTs, and a client."""

from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from config.processes.layout import HOST

Answer = tuple[int, bytes]
"""Status and body."""


class Unanswered(Exception):
    """Nobody answered, or not in time."""


def get(url: str, seconds: float = 10.0) -> Answer:
    """Raises Unanswered."""
    return _ask("GET", url, b"", seconds)


def post(url: str, body: bytes, seconds: float = 10.0) -> Answer:
    """Raises Unanswered."""
    return _ask("POST", url, body, seconds)


def _ask(method: str, url: str, body: bytes, seconds: float) -> Answer:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=seconds)
    try:
        headers = {"Content-Type": "application/json"}
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException) as error:
        raise Unanswered(f"{url}: {error}") from error
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def serve(port: int, answer: Callable[[str, bytes], Answer]) -> None:
    """Answers POSTs, a thread each, until the process ends: ``answer`` gets path and body. Any
    GET is answered: the process lives."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # head and body leave together

        def do_GET(self) -> None:
            self._send(HTTPStatus.OK, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(*answer(self.path, body))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """An answer is no news."""

    _Server((HOST, port), Handler).serve_forever()
