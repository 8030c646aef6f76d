"""Requests to a real server, of which no browser would send some."""

import json
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import running
from tests.own import command, environment
from tests.running import SECONDS

LONG = 1_000_000
BUNDLE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
WAYS = {
    "a long address": ("GET", "/api/posts/?x=" + "x" * LONG, {}),
    "a long path": ("GET", "/" + "x" * LONG, {}),
    "a long header": ("GET", "/api/posts/", {"X-Long": "x" * LONG}),
    "many headers": ("GET", "/api/posts/", {f"X-{n}": "x" for n in range(5_000)}),
    "a long cookie": ("GET", "/api/posts/", {"Cookie": "sessionid=" + "x" * LONG}),
    "a long method": ("X" * 50_000, "/api/posts/", {}),
    "a length that is none": ("POST", "/api/posts/", {"Content-Length": "many"}),
}


@pytest.mark.parametrize(("method", "address", "headers"), WAYS.values(), ids=WAYS)
def test_a_request_that_is_too_long_is_refused_and_the_next_one_served(
    served: int, method: str, address: str, headers: dict[str, str]
) -> None:
    with closing(HTTPConnection("127.0.0.1", served, timeout=SECONDS)) as connection:
        try:
            connection.putrequest(method, address)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            status = connection.getresponse().status
        except (ConnectionError, HTTPException):  # it hangs up on what it does not want to read
            status = 400
    assert 400 <= status < 500

    assert httpx.get(f"http://127.0.0.1:{served}/api/posts/").status_code == 200


CLIMBS = [
    "/static/../config/settings.py",
    "/static/%2e%2e/config/settings.py",
    "/static/..%2fconfig%2fsettings.py",
    "/static/....//config/settings.py",
    "/static//etc/passwd",
    "/static/%5c..%5cmanage.py",
    "/static/admin/../../manage.py",
    "/../../../etc/passwd",
    "//etc/passwd",
    "/static/hindsight.css%00.py",
]


@pytest.mark.parametrize("address", CLIMBS)
def test_files_are_served_from_their_folder_alone(connection: HTTPConnection, address: str) -> None:
    connection.request("GET", address)
    response = connection.getresponse()

    assert response.status == 404
    assert b"SECRET_KEY" not in (body := response.read())
    assert b"root:" not in body


def test_the_way_to_a_slash_stays_here(connection: HTTPConnection) -> None:
    for address in ("//evil.example/admin", "//evil.example/%2e%2e/admin/login"):
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
        assert not response.headers.get("Location", "").startswith(("//", "http"))


def test_the_server_does_not_name_its_version(connection: HTTPConnection) -> None:
    connection.request("GET", "/api/posts/")
    response = connection.getresponse()
    response.read()
    assert response.headers["Server"] == "granian"  # and of no version
    assert "X-Powered-By" not in response.headers


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
        assert (status, list(said)) == (400, ["title"])


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


def test_an_unread_body_does_not_break_the_pipe(connection: HTTPConnection) -> None:
    for kind, address, status in (
        ("text/plain", "/api/posts/", 415),
        (JSON, "/api/nowhere/", 404),
        (JSON, "/api/events/", 405),
    ):
        assert post(connection, b"x" * 999_999, kind, address)[0] == status


def test_a_wsgi_server_reads_bodies_as_well(tmp_path: Path) -> None:
    env = environment(tmp_path, SERVICES="posts")
    for alias in ("eventstore", "posts"):
        command(env, "manage.py", "migrate", "--database", alias)
    with (
        running.served(env, wsgi=True) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection,
    ):
        assert post(connection, RIGHT)[0] == 201
        assert post(connection, [RIGHT[:10], RIGHT[10:]])[0] == 201
        assert post(connection, MANY_MB)[0] == 413
        assert post(connection, b"x" * 999_999, "text/plain")[0] == 415
        assert stored(connection) == 2


def test_a_header_name_with_an_underscore_is_not_taken_for_one_with_a_hyphen(
    connection: HTTPConnection,
) -> None:
    for name, taken in (("X-Correlation-ID", True), ("X_Correlation_ID", False)):
        connection.request("GET", "/api/posts/", headers={name: "mine"})
        response = connection.getresponse()
        response.read()
        assert (response.headers["X-Correlation-ID"] == "mine") == taken


def test_headers_that_come_twice_are_joined(connection: HTTPConnection) -> None:
    connection.putrequest("GET", "/api/posts/")
    for value in ("text/plain", "text/html"):  # the first alone would be 406
        connection.putheader("Accept", value)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_long_file_comes_whole_and_in_parts(connection: HTTPConnection) -> None:
    connection.request("GET", BUNDLE)
    whole = connection.getresponse().read()
    assert len(whole) > 1_000_000

    for start, end in ((0, 9), (300_000, 900_000), (len(whole) - 5, len(whole) - 1)):
        connection.request("GET", BUNDLE, headers={"Range": f"bytes={start}-{end}"})
        response = connection.getresponse()
        assert (response.status, response.read()) == (206, whole[start : end + 1])
    connection.request("HEAD", BUNDLE)
    response = connection.getresponse()
    assert (int(response.headers["Content-Length"]), response.read()) == (len(whole), b"")
