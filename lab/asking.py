"""One request to a process of the lab, on a connection of its own."""

from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE = 30.0  # seconds


class Said(NamedTuple):
    status: int
    headers: Any
    body: bytes


def ask(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    patience: float = PATIENCE,
) -> Said:
    """Whatever was answered, an error's status as well. Raises OSError or HTTPException where
    nothing was, in ``patience`` seconds."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=patience)
    try:
        connection.request(method, parts.path, body, headers or {})
        response = connection.getresponse()
        return Said(response.status, response.headers, response.read())
    finally:
        connection.close()
