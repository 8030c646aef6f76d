"""The posts service, served by a real process, and connections to it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from time import monotonic, sleep

import httpx
import pytest
from django.conf import settings

from tests.own import command, environment
from tests.running import free_ports

SECONDS = 60


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of that process."""
    var, port = tmp_path_factory.mktemp("posts"), free_ports(1)
    env = environment(var, SERVICES="posts", THROTTLE_WRITES="")
    for alias in ("eventstore", "posts"):
        command(env, "manage.py", "migrate", "--database", alias)
    granian = ["granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "2"]
    server = subprocess.Popen(
        [sys.executable, "-m", *granian, "config.wsgi:application"],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        server.terminate()
        server.wait(SECONDS)


def _wait(server: "subprocess.Popen[bytes]", address: str) -> None:
    end = monotonic() + SECONDS
    while monotonic() < end and server.poll() is None:
        try:
            httpx.get(address)
        except httpx.TransportError:
            sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


@pytest.fixture
def connection(served: int) -> Iterator[HTTPConnection]:
    """It sends all of a request before it looks at the answer, as most programs do."""
    with closing(HTTPConnection("127.0.0.1", served, timeout=SECONDS)) as connection:
        yield connection
