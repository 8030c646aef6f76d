"""HTTP for the small services and the bus: a server of POST requests, and a client."""

from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from config.processes.layout import HOST

TIMEOUT_SECONDS = 10.0

Response = tuple[int, bytes]
"""Status and body."""


class NoResponse(Exception):
    """No response, or not in time."""


def get(url: str) -> Response:
    """Raises NoResponse."""
    return _request("GET", url, b"")


def post(url: str, body: bytes) -> Response:
    """Raises NoResponse."""
    return _request("POST", url, body)


def _request(method: str, url: str, body: bytes) -> Response:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException) as error:
        raise NoResponse(f"{url}: {error}") from error
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def serve(port: int, respond: Callable[[str, bytes], Response]) -> None:
    """Serves until the process ends, one thread per request. ``respond`` gets the path and body of
    a POST; a GET is the health check."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # head and body leave together

        def do_GET(self) -> None:
            self._send(HTTPStatus.OK, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(*respond(self.path, body))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """Requests are not logged."""

    _Server((HOST, port), Handler).serve_forever()
