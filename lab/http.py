"""The HTTP client of the lab: JSON over connections that are kept open, as between services."""

import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from threading import Lock
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from lab.errors import LabFailed

TIMEOUT_SECONDS = 30.0
ADMIN = "admin"
"""The user that ``config.processes.prepare`` creates."""

Headers = Mapping[str, str] | None
JSON = {"Content-Type": "application/json"}


class NoResponse(LabFailed):
    """No response came; the message says why. The request may have been handled."""


class NotConnected(NoResponse):
    """Nobody listens at the address: the request was not sent."""


class TimedOut(NoResponse):
    """No response came in time."""


class RequestFailed(LabFailed):
    """The response is not a success."""


@dataclass(frozen=True)
class Response:
    """``request`` is method and URL; ``seconds`` is the time from the request to the whole body."""

    status: int
    headers: Any
    body: bytes
    seconds: float = 0.0
    request: str = ""

    @property
    def data(self) -> Any:
        """The body, decoded from JSON."""
        return msgspec.json.decode(self.body)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_unchanged(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def position(self) -> int:
        """Position of the write's event in the event store; 0 where that is unknown."""
        return int(self.headers.get("X-Event-Position") or 0)

    def expect_success(self) -> Self:
        """Raises RequestFailed where the status is not 2xx."""
        if not self.is_success:
            message = f"{self.request} was answered {self.status}: {self.body[:200]!r}"
            raise RequestFailed(message)
        return self


class Client(AbstractContextManager["Client"]):
    """Keeps open connections, by host and port. Threads may share a client. Redirects are not
    followed, cookies are not kept."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self.timeout = timeout
        self._idle: dict[str, list[HTTPConnection]] = defaultdict(list)
        self._lock = Lock()

    def get(self, url: str, headers: Headers = None, timeout: float | None = None) -> Response:
        """Raises NoResponse."""
        return self.request("GET", url, headers=headers, timeout=timeout)

    def post(self, url: str, data: Any) -> Response:
        """Sends ``data`` as JSON, at most once. Raises NoResponse."""
        return self.request("POST", url, data)

    def request(
        self,
        method: str,
        url: str,
        data: Any = None,
        headers: Headers = None,
        timeout: float | None = None,
    ) -> Response:
        """Returns any response, that of an error as well. Bytes are sent as they are, other
        ``data`` as JSON. Raises NoResponse. A GET on a kept connection that the server closed
        meanwhile is sent once more on a new one; nothing else is sent twice."""
        began, timeout = time.perf_counter(), timeout or self.timeout
        parts, all_headers = urlsplit(url), dict(headers or {})
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if not isinstance(data, bytes | None):
            data, all_headers = msgspec.json.encode(data), JSON | all_headers
        message = method, target, data, all_headers
        with self._lock:
            idle = self._idle[parts.netloc]
            kept = idle.pop() if idle else None
        connection = kept or _connect(parts.netloc, timeout)
        try:
            received = _exchange(connection, message, timeout)
        except NoResponse as error:
            if not kept or method != "GET" or isinstance(error, TimedOut):
                raise
            connection = _connect(parts.netloc, timeout)
            received = _exchange(connection, message, timeout)
        with self._lock:
            idle.append(connection)
        return Response(*received, time.perf_counter() - began, f"{method} {url}")

    def close(self) -> None:
        """Closes the idle connections; the client can still be used."""
        with self._lock:
            for idle in self._idle.values():
                while idle:
                    idle.pop().close()

    def __exit__(self, *error: object) -> None:
        self.close()


def request(
    method: str,
    url: str,
    data: Any = None,
    *,
    headers: Headers = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Response:
    """``Client.request`` on a connection of its own."""
    with Client(timeout) as client:
        return client.request(method, url, data, headers)


def login(address: str, password: str) -> dict[str, str]:
    """Headers that make a request the administrator's, for every process that shares the
    ``default`` database. (Basic authentication would hash the password with each request, which is
    slow on purpose.) Raises LabFailed."""
    url = f"{address}/admin/login/"
    token = _cookies(request("GET", url))["csrftoken"]
    form = {"username": ADMIN, "password": password, "csrfmiddlewaretoken": token}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
    cookies = _cookies(request("POST", url, urlencode(form).encode(), headers=headers))
    if "sessionid" not in cookies:
        raise LabFailed(f"the administrator cannot log in at {url}")
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies["csrftoken"],
    }


def _connect(host: str, timeout: float) -> HTTPConnection:
    connection = HTTPConnection(host, timeout=timeout)
    try:
        connection.connect()
    except OSError as error:
        raise NotConnected(str(error) or type(error).__name__) from error
    return connection


def _exchange(
    connection: HTTPConnection, message: tuple[Any, ...], timeout: float
) -> tuple[int, Any, bytes]:
    """Status, headers, body."""
    try:
        if connection.sock:
            connection.sock.settimeout(timeout)
        connection.request(*message)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except BaseException as error:
        connection.close()
        if isinstance(error, TimeoutError):
            raise TimedOut("no response in time") from error
        if isinstance(error, (OSError, HTTPException)):
            raise NoResponse(str(error) or type(error).__name__) from error
        raise


def _cookies(response: Response) -> dict[str, str]:
    sent = [SimpleCookie(header) for header in response.headers.get_all("Set-Cookie", [])]
    return {name: morsel.value for cookie in sent for name, morsel in cookie.items()}
