"""One web process of ours, on a port of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import httpx
from django.conf import settings

from tests.running import free_ports

SECONDS = 60


@contextmanager
def served(environment: dict[str, str]) -> Iterator[int]:
    """The port of a process with this environment, which answers."""
    port = free_ports(1)
    granian = ["granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "2"]
    server = subprocess.Popen(
        [sys.executable, "-m", *granian, "config.wsgi:application"],
        cwd=settings.BASE_DIR,
        env=environment,
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
