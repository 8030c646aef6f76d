"""Bodies of every size and kind, sent to a real server: the answer always reaches the sender."""

import json
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any

import pytest

JSON = "application/json"
RIGHT = json.dumps({"title": "A title", "body": "A body"}).encode()
MANY_MB = [b"x" * 1_000_000] * 30


def post(
    connection: HTTPConnection,
    body: bytes | Iterable[bytes],
    kind: str = JSON,
    address: str = "/api/posts/",
) -> tuple[int, Any]:
    """Status and answer. A body in parts goes without its length (chunked)."""
    connection.request("POST", address, body=body, headers={"Content-Type": kind})
    response = connection.getresponse()
    text = response.read().decode()
    return response.status, json.loads(text) if response.headers["Content-Type"] == JSON else text


def stored(connection: HTTPConnection) -> int:
    connection.request("GET", "/api/posts/")
    return len(json.loads(connection.getresponse().read())["results"])


def test_a_body_without_its_length_is_read(connection: HTTPConnection) -> None:
    before = stored(connection)

    assert post(connection, [RIGHT])[0] == 201
    assert post(connection, [RIGHT[:10], RIGHT[10:]])[0] == 201
    assert stored(connection) == before + 2


def test_an_empty_body_lacks_its_fields(connection: HTTPConnection) -> None:
    bodies: list[bytes | list[bytes]] = [[], b""]
    for body in bodies:
        status, said = post(connection, body)
        assert (status, list(said)) == (400, ["title", "body"])


@pytest.mark.parametrize("parts", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("address", ["/api/posts/", "/posts/", "/api/nowhere/"])
def test_a_body_of_many_megabytes_is_413(
    connection: HTTPConnection, parts: bool, address: str
) -> None:
    before = stored(connection)
    body = MANY_MB if parts else b"".join(MANY_MB)
    kind = JSON if "api" in address else "application/x-www-form-urlencoded"

    for _ in range(2):  # the connection can be used again
        status, said = post(connection, body, kind, address)
        assert status == 413
        assert "larger than 1,000,000 bytes" in str(said)
    assert stored(connection) == before


@pytest.mark.parametrize("parts", [False, True], ids=["length", "chunked"])
def test_the_limit_is_exact(connection: HTTPConnection, parts: bool) -> None:
    for size, status in ((1_000_000, 400), (1_000_001, 413)):
        body = json.dumps({"title": "A", "body": "x" * (size - 26)}).encode()
        assert len(body) == size
        assert post(connection, [body] if parts else body)[0] == status


def test_a_body_that_nobody_reads_does_not_break_the_pipe(connection: HTTPConnection) -> None:
    for kind, address, status in (
        ("text/plain", "/api/posts/", 415),
        (JSON, "/api/nowhere/", 404),
        (JSON, "/api/events/", 405),
    ):
        assert post(connection, b"x" * 999_999, kind, address)[0] == status
