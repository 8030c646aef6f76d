"""A tiny HTTP client for JSON. It keeps no cookies, so it sees what the public sees."""

import json
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

SECONDS = 15


class NoAnswer(Exception):
    """Nobody answers at this address; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What came back, an error's status as well."""

    status: int
    body: bytes
    headers: Message

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def position(self) -> int:
        """Where the write's event stands in the event store; 0 where that is not known."""
        return int(self.headers.get("X-Event-Position") or 0)


def get(address: str) -> Answer:
    """Raises NoAnswer."""
    return _send(Request(address))


def post(address: str, data: dict[str, str]) -> Answer:
    """Sends `data` as JSON. Raises NoAnswer."""
    body = json.dumps(data).encode()
    return _send(Request(address, body, {"Content-Type": "application/json"}))


class _Stay(HTTPRedirectHandler):
    """A redirect is an answer like others."""

    def redirect_request(self, *args: Any) -> None:
        return None


# Loopback is not for a proxy, whatever the environment says.
_opener = build_opener(ProxyHandler({}), _Stay)


def _send(request: Request) -> Answer:
    try:
        with _opener.open(request, timeout=SECONDS) as response:
            return Answer(response.status, response.read(), response.headers)
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(), error.headers)
    except URLError as error:
        raise NoAnswer(str(error.reason)) from error
    except (OSError, HTTPException) as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
