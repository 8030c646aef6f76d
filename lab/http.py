"""The HTTP client of the lab: JSON over connections that are kept open, as between services. And
the calls between the lab's processes, each counted, after a delay as between two machines."""

import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from threading import Lock
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from lab.errors import LabFailed

TIMEOUT_SECONDS = 30.0
ADMIN = "admin"  # the user that ``config.processes.prepare`` creates

Headers = Mapping[str, str] | None
Seconds = float | None
JSON = {"Content-Type": "application/json"}

# Headers of a response: all that the request took, calls to other processes included.
QUERIES, REQUESTS, WAITED = "X-Lab-Queries", "X-Lab-Requests", "X-Lab-Waited"
# Headers of a request to a process that makes calls itself: their delay, and the time limit.
DELAY, TIMEOUT = "X-Lab-Delay", "X-Lab-Timeout"

THREADS = 32


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
    def position(self) -> int:
        """Position of the write's event in the event store; 0 where that is unknown."""
        return int(self.headers.get("X-Event-Position") or 0)

    def expect_success(self) -> Self:
        """Raises RequestFailed where the status is not 2xx."""
        if self.is_success:
            return self
        raise RequestFailed(f"{self.request} was answered {self.status}: {self.body[:200]!r}")


class Client(AbstractContextManager["Client"]):
    """Keeps open connections. Threads may share it. It follows no redirects, keeps no cookies."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self.timeout = timeout
        self._idle: dict[str, list[HTTPConnection]] = defaultdict(list)
        self._lock = Lock()

    def get(self, url: str, headers: Headers = None, timeout: Seconds = None) -> Response:
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
        timeout: Seconds = None,
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
    method: str, url: str, data: Any = None, *, headers: Headers = None, timeout: Seconds = None
) -> Response:
    """``Client.request`` on a connection of its own."""
    with Client() as client:
        return client.request(method, url, data, headers, timeout)


def login(address: str, password: str) -> dict[str, str]:
    """Headers that make a request the administrator's, for every process that shares the
    ``default`` database. (Basic authentication hashes the password each time.) Raises LabFailed."""
    url = f"{address}/admin/login/"
    token = cookies_of(request("GET", url))["csrftoken"]
    form = {"username": ADMIN, "password": password, "csrfmiddlewaretoken": token}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
    cookies = cookies_of(request("POST", url, urlencode(form).encode(), headers=headers))
    if "sessionid" not in cookies:
        raise LabFailed(f"the administrator cannot log in at {url}")
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies["csrftoken"],
    }


class CallFailed(Exception):
    """A call had no response, or not in time, or one with an error."""


class Network:
    """What the calls of a process share; made once in each."""

    def __init__(self) -> None:
        self.client = Client()
        self.threads = ThreadPoolExecutor(THREADS, "network")

    def close(self) -> None:
        self.threads.shutdown()
        self.client.close()


class Calls:
    """The calls that one page takes, with ``delay`` on each round trip and ``timeout`` for all, in
    seconds. ``requests`` and ``queries`` (SQL) are those of all processes; ``waited`` is the time
    spent as delay on all hops, ``longest`` that of the longest call; ``received``: bytes."""

    def __init__(self, network: Network, delay: float = 0.0, timeout: float = 30.0) -> None:
        self._network, self.delay = network, delay
        self._end = time.monotonic() + timeout
        self._lock = Lock()
        self.requests = self.queries = self.received = 0
        self.waited = self.longest = 0.0

    @property
    def left(self) -> float:
        """Seconds until the time limit. Raises CallFailed where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise CallFailed("the time limit is reached")
        return left

    def get(self, url: str, headers: dict[str, str] | None = None) -> Response:
        """Its ``seconds`` include the delay. Raises CallFailed."""
        began = time.perf_counter()
        time.sleep(self.delay)
        waited = time.perf_counter() - began if self.delay else 0.0
        try:
            headers = {DELAY: str(self.delay), TIMEOUT: f"{self.left:.3f}", **(headers or {})}
            response = self._network.client.get(url, headers, self.left)
        except NoResponse as error:
            self._count(waited, 0.0, {})
            raise CallFailed(f"{url}: {error}") from error
        response = replace(response, seconds=response.seconds + waited)
        self._count(waited, response.seconds, response.headers, len(response.body))
        if response.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise CallFailed(f"{url} answered {response.status}")
        return response

    def get_all(self, urls: Sequence[str], at_a_time: int) -> list[Response]:
        """The responses in this order. After a CallFailed, which it raises, it sends no more."""
        if at_a_time == 1:
            return [self.get(url) for url in urls]
        responses: dict[int, Response] = {}
        waiting = deque(enumerate(urls))

        def work() -> None:
            try:
                while waiting:
                    number, url = waiting.popleft()
                    responses[number] = self.get(url)
            except IndexError:  # another thread was faster
                return
            except CallFailed:
                waiting.clear()
                raise

        workers = min(at_a_time, len(urls))
        tasks = [self._network.threads.submit(work) for _ in range(workers)]
        for error in filter(None, [task.exception() for task in tasks]):
            raise error
        return [responses[number] for number in range(len(urls))]

    def _count(self, waited: float, seconds: float, headers: Any, size: int = 0) -> None:
        with self._lock:
            self.received += size
            self.requests += 1 + int(headers.get(REQUESTS, 0))
            self.queries += int(headers.get(QUERIES, 0))
            self.waited += waited + float(headers.get(WAITED, 0))
            self.longest = max(self.longest, seconds)


_Received = tuple[int, Any, bytes]  # status, headers, body


def _connect(host: str, timeout: float) -> HTTPConnection:
    connection = HTTPConnection(host, timeout=timeout)
    try:
        connection.connect()
    except OSError as error:
        raise NotConnected(str(error) or type(error).__name__) from error
    return connection


def _exchange(connection: HTTPConnection, message: tuple[Any, ...], timeout: float) -> _Received:
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


def cookies_of(response: Response) -> dict[str, str]:
    """The cookies that it sets, by name."""
    sent = [SimpleCookie(header) for header in response.headers.get_all("Set-Cookie", [])]
    return {name: morsel.value for cookie in sent for name, morsel in cookie.items()}
