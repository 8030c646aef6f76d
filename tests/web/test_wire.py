"""What comes over the wire and no browser would send: refused, and the next request is served."""

from contextlib import closing
from http.client import HTTPConnection, HTTPException

import httpx
import pytest

from tests.web.served import SECONDS

LONG = 1_000_000
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


def test_the_server_does_not_say_which_version_it_is(connection: HTTPConnection) -> None:
    connection.request("GET", "/api/posts/")
    response = connection.getresponse()
    response.read()
    assert response.headers["Server"] == "granian"  # and of no version
    assert "X-Powered-By" not in response.headers
