"""The HTTP server of the small services and of the bus."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from config.processes.layout import HOST

TIMEOUT_SECONDS = 10.0  # of requests to it

Response = tuple[int, bytes]
"""Status and body."""


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
