"""Connections that are kept open and used again, as browsers and services do."""

from collections import defaultdict
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec

Got = tuple[int, Any, bytes]  # status, headers, body


class Unanswered(Exception):
    """Nobody answered, or not in time; the message says why."""


class Connections:
    """Open connections by host and port. Threads may share it: each call has one to itself."""

    def __init__(self) -> None:
        self._idle: dict[str, list[HTTPConnection]] = defaultdict(list)
        self._lock = Lock()

    def get(self, url: str, headers: dict[str, str], seconds: float) -> Got:
        """Raises Unanswered. A kept connection that was closed at the other end meanwhile is
        no answer yet: the call is made once more on a fresh one."""
        return self._call("GET", url, None, headers, seconds)

    def post(self, url: str, data: Any, seconds: float) -> Got:
        """``data`` as JSON, once. Raises Unanswered."""
        headers = {"Content-Type": "application/json"}
        return self._call("POST", url, msgspec.json.encode(data), headers, seconds)

    def close(self) -> None:
        with self._lock:
            for kept in self._idle.values():
                while kept:
                    kept.pop().close()

    def _call(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], seconds: float
    ) -> Got:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        call = (method, target, body, headers)
        if kept := self._take(parts.netloc):
            try:
                return self._ask(kept, parts.netloc, call, seconds)
            except TimeoutError as error:
                raise Unanswered("no answer in time") from error
            except (OSError, HTTPException) as error:
                if body is not None:  # it may have been taken
                    raise Unanswered(str(error) or type(error).__name__) from error
        try:
            fresh = HTTPConnection(parts.netloc, timeout=seconds)
            return self._ask(fresh, parts.netloc, call, seconds)
        except TimeoutError as error:
            raise Unanswered("no answer in time") from error
        except (OSError, HTTPException) as error:
            raise Unanswered(str(error) or type(error).__name__) from error

    def _take(self, at: str) -> HTTPConnection | None:
        with self._lock:
            return self._idle[at].pop() if self._idle[at] else None

    def _ask(
        self,
        connection: HTTPConnection,
        at: str,
        call: tuple[str, str, bytes | None, dict[str, str]],
        seconds: float,
    ) -> Got:
        try:
            if connection.sock:
                connection.sock.settimeout(seconds)
            connection.request(*call)
            response = connection.getresponse()
            got = response.status, response.headers, response.read()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle[at].append(connection)
        return got
