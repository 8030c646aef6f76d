"""The blog behind a real nginx, configured as deploy/nginx has it."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from django.conf import settings

from config.processes.layout import IDLE_SECONDS, SERVICES
from lab.stack import free_port
from tests.deploy.nginx import FILES, NAME, Nginx, blog, started
from tests.needs import require
from tests.own import command, environment
from tests.running import served
from tests.web.addresses import _routes

pytestmark = pytest.mark.xdist_group("nginx")

CONFIGURATION = (FILES / "hindsight.conf").read_text()
WRITES = 5  # a minute
BODY_TIMEOUT_SECONDS = 0.5
COMMENTS = "/api/posts/00000000-0000-0000-0000-000000000000/comments/"
COMMENT = {"author": "Ann", "content": "A kind word"}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("nginx")
    env = environment(
        tmp_path_factory.mktemp("blog"),
        ALLOWED_HOSTS=NAME,
        SECRET_KEY="for tests only " * 5,
        TLS="1",
        NUM_PROXIES="1",
        THROTTLE_WRITES=f"{WRITES}/min",
        BODY_TIMEOUT=str(BODY_TIMEOUT_SECONDS),
        STATIC_ROOT=str(folder / "static"),
    )
    command(env, "-m", "config.processes.prepare")
    command(env, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    with served(env) as port, blog(folder, "upstreams-monolith.conf", port) as nginx:
        yield nginx


def test_the_page_is_served_over_tls_with_secure_cookies(nginx: Nginx) -> None:
    page, login = nginx.request("GET", "/"), nginx.request("GET", "/admin/login/")

    assert (page.status_code, login.status_code) == (200, 200)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookies = login.headers.get_list("Set-Cookie")
    assert cookies
    assert all("; Secure" in cookie for cookie in cookies)


def test_a_form_passes_the_check_of_its_origin(nginx: Nginx) -> None:
    login = nginx.request("GET", "/admin/login/")
    [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', login.text)
    cookie = login.headers["Set-Cookie"].partition(";")[0]

    def sent(origin: str) -> int:
        headers = {"Origin": origin, "Cookie": cookie}
        data = {"csrfmiddlewaretoken": token, "username": "admin", "password": "for tests only"}
        return nginx.request("POST", "/admin/login/", headers=headers, data=data).status_code

    assert sent(f"https://{NAME}") == 302
    assert sent("https://evil.example") == 403


def test_plain_http_leads_to_tls_and_other_names_to_nothing(nginx: Nginx) -> None:
    address = f"http://127.0.0.1:{nginx.plain}/posts/?page=2"

    response = httpx.get(address, headers={"Host": NAME})
    assert (response.status_code, response.headers["Location"]) == (
        301,
        f"https://{NAME}/posts/?page=2",
    )
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(address, headers={"Host": "evil.example"})
    unknown = {"sni_hostname": "evil.example"}
    with (
        httpx.Client(verify=False) as client,
        pytest.raises(httpx.ConnectError, match=r"(?i)unrecognized.name"),
    ):
        client.get(f"https://127.0.0.1:{nginx.secure}/", extensions=unknown)


@pytest.mark.parametrize("probe", settings.PROBES)
def test_probes_are_not_public(nginx: Nginx, probe: str) -> None:
    response = nginx.request("GET", f"/{probe}")

    assert response.status_code == 404
    assert "X-Correlation-ID" not in response.headers  # nginx's own


def test_static_files_come_from_nginx_and_are_cached(nginx: Nginx) -> None:
    first = nginx.request("GET", "/static/hindsight.css", headers={"Accept-Encoding": "gzip"})

    assert first.status_code == 200
    assert first.headers["Content-Type"] == "text/css"
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Content-Encoding"] == "gzip"
    assert "X-Correlation-ID" not in first.headers
    known = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = nginx.request("GET", "/static/hindsight.css", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for path in re.findall(r"/static/[\w./-]+", nginx.request("GET", "/api/docs/").text):
        assert nginx.request("GET", path).status_code == 200


def test_a_body_of_any_allowed_size_passes_and_a_larger_one_does_not(nginx: Nginx) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def sent(path: str, size: int) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return nginx.request("POST", path, "127.0.0.9", content=b"x" * size, headers=headers)

    allowed = sent(COMMENTS, limit)
    assert (allowed.status_code, "X-Correlation-ID" in allowed.headers) == (400, True)
    refused = sent(COMMENTS, limit + 1)
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/json"
    assert refused.json() == {"detail": f"The body is larger than {limit:,} bytes."}
    assert sent("/posts/", limit + 1).status_code == 413


def test_a_slow_body_occupies_no_process(nginx: Nginx) -> None:
    """It takes longer than a process would wait for it, and comes complete."""
    body, start = json.dumps(COMMENT).encode(), monotonic()

    def pieces() -> Iterator[bytes]:
        while monotonic() < start + 2 * BODY_TIMEOUT_SECONDS:
            yield b" "
            sleep(0.1)
        yield body

    response = nginx.request(
        "POST",
        COMMENTS,
        "127.0.0.8",
        content=pieces(),
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code == 404, response.text  # there is no such post: it was read


def test_writes_are_counted_by_the_address_of_the_client(nginx: Nginx) -> None:
    def statuses(sender: str, count: int, **headers: str) -> list[int]:
        return [
            nginx.request("POST", COMMENTS, sender, json=COMMENT, headers=headers).status_code
            for _ in range(count)
        ]

    assert statuses("127.0.0.2", WRITES + 1) == [404] * WRITES + [429]
    assert statuses("127.0.0.3", 1) == [404]
    forged = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "http"}
    assert statuses("127.0.0.2", 1, **forged) == [429]


def test_one_address_alone_cannot_keep_the_others_out(nginx: Nginx) -> None:
    with nginx.client("127.0.0.4") as client:
        found, end = set[int](), monotonic() + 60
        while 429 not in found and monotonic() < end:
            found.add(client.get("/nowhere/").status_code)

    assert found == {404, 429}
    assert nginx.request("GET", "/", "127.0.0.5").status_code == 200


def test_a_process_that_is_down_is_a_503_that_says_so(tmp_path: Path) -> None:
    with blog(tmp_path, "upstreams-services.conf", free_port()) as nginx:
        for path in ("/", "/api/query/posts/"):
            response = nginx.request("GET", path)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            assert "try again" in response.text


def directive(name: str) -> str:
    [value] = re.findall(rf"^ *{name} ([^;]+);", CONFIGURATION, re.MULTILINE)
    return str(value)


def test_limits_and_timeouts_fit_those_of_the_processes() -> None:
    assert int(directive("client_max_body_size")) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert directive("client_body_timeout") == f"{settings.BODY_TIMEOUT:.0f}s"
    assert int(directive("proxy_read_timeout").rstrip("s")) > settings.REQUEST_TIMEOUT
    for file in FILES.glob("upstreams-*.conf"):
        kept = re.findall(r"keepalive_timeout (\d+)s;", file.read_text())
        assert kept
        assert all(int(seconds) < IDLE_SECONDS for seconds in kept)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an nginx that responds with the name of the upstream."""
    require("nginx", True)
    port = free_port(1)
    chooses = f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 $hindsight; }} }}"
    text = (FILES / "upstreams-services.conf").read_text()
    with started(tmp_path_factory.mktemp("chosen"), f"{text}\n{chooses}", port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("service", SERVICES)
def test_each_address_of_a_service_reaches_its_process(chosen: str, service: str) -> None:
    routes = [
        route
        for pattern in import_module(f"{service}.urls").urlpatterns
        for route in _routes(pattern, "")
    ]
    assert routes
    found = {
        f"{method} /{route}": httpx.request(
            method, f"{chosen}/{re.sub(r'<[^>]+>', 'a1', route)}"
        ).text
        for route in [*routes, f"admin/{service}/"]
        for method in ("GET", "POST")
    }

    assert found == dict.fromkeys(found, f"hindsight_{service}")


@pytest.mark.parametrize("path", ["/", "/static/x.css", "/admin/", "/admin/login/", "/comparison/"])
def test_what_every_process_has_comes_from_that_of_the_page(chosen: str, path: str) -> None:
    assert httpx.get(f"{chosen}{path}").text == "hindsight_query"
