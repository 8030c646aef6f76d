"""Behind TLS everything is for TLS alone, except probes."""

import json
from pathlib import Path

import pytest
from django.test import Client

from tests.own import command, environment

pytestmark = pytest.mark.django_db(databases="__all__")

SETTINGS_SCRIPT = """
import json, django
django.setup()
from django.test import Client
plain = Client().get("/api/", headers={"host": "blog.example"})
secure = Client().get("/admin/login/", headers={"host": "blog.example"}, secure=True)
proxied = Client().get("/api/", headers={"host": "blog.example", "x-forwarded-proto": "https"})
print(json.dumps([
    [plain.status_code, plain.headers["Location"]],
    [proxied.status_code, proxied.headers["Location"]],
    [secure.status_code, secure.headers["Strict-Transport-Security"]],
    [bool(cookie["secure"]) for cookie in secure.cookies.values()],
]))
"""


def test_behind_tls_all_of_it_is_secure(tmp_path: Path) -> None:
    told = command(
        environment(
            tmp_path,
            DJANGO_SETTINGS_MODULE="config.settings",
            TLS="1",
            SECRET_KEY="for tests only " * 5,
            ALLOWED_HOSTS="blog.example",
        ),
        *("-c", SETTINGS_SCRIPT),
    )
    assert json.loads(told) == [
        [301, "https://blog.example/api/"],
        [302, "/api/docs/"],
        [200, "max-age=31536000; includeSubDomains; preload"],
        [True],
    ]


PROBES = ["/healthz", "/readyz", "/metrics"]
HOSTS = ["10.0.0.7:8000", "evil.example", "a b", "127.0.0.1:x", "[::1", "\xff", ""]
NEARLY = [
    "/healthz/",
    "//healthz",
    "/healthz/x",
    "/healthz%0A",
    "/Healthz",
    "/x/metrics",
    "/readyz.",
]
OTHERS = ["/", "/api/query/posts/", "/api/docs/", "/api/schema/", "/admin/login/", "/static/x"]


@pytest.mark.parametrize("host", HOSTS)
def test_a_probe_may_come_by_any_address(client: Client, host: str) -> None:
    for probe in PROBES:
        for ask in (client.get, client.head):
            assert ask(probe, headers={"host": host}).status_code == 200


def test_a_probe_takes_no_other_method_by_any_address(client: Client) -> None:
    for probe in PROBES:
        for secure in (False, True):
            response = client.post(probe, headers={"host": "evil.example"}, secure=secure)
            assert response.status_code == 405


def test_what_is_nearly_a_probe_is_none(client: Client) -> None:
    for address in NEARLY:
        assert client.get(address, headers={"host": "evil.example"}).status_code == 400


PROBE_SCRIPT = """
import json, sys, django
django.setup()
from django.test import Client
def ask(address, host, **sent):
    response = Client().get(address, headers={"host": host, **sent})
    return [response.status_code, response.headers.get("Location", "")]
print(json.dumps({
    host: {address: ask(address, host) for address in sys.argv[1:]}
    for host in ("10.0.0.7:8000", "blog.example")
}))
"""


def test_in_production_a_probe_needs_no_tls_and_all_else_does(tmp_path: Path) -> None:
    env = environment(
        tmp_path,
        DJANGO_SETTINGS_MODULE="config.settings",
        TLS="1",
        SECRET_KEY="for tests only " * 5,
        ALLOWED_HOSTS="blog.example",
    )
    told = json.loads(command(env, "-c", PROBE_SCRIPT, *PROBES, *NEARLY, *OTHERS))

    for host, answers in told.items():
        assert answers["/healthz"] == answers["/metrics"] == [200, ""], host
        assert answers["/readyz"] == [503, ""]  # its databases have no tables yet
    for address in [*NEARLY[2:], *OTHERS]:
        assert told["10.0.0.7:8000"][address] == [400, ""]
        assert told["blog.example"][address] == [301, f"https://blog.example{address}"]
