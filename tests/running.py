"""The whole program as a user starts it, and one web process, on ports of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

import httpx
import psutil

from config.processes.paths import BASE
from lab import stack
from lab.stack import free_port

SECONDS = 60  # that anything may take on a busy machine


class Run(stack.Run):
    """Also begins where the program failed: see ``process``. ``page``: the status of its page."""

    def __init__(
        self,
        command: Literal["run", "run-services"],
        var: Path,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        inherited = {name: each for name, each in os.environ.items() if not name.endswith("_URL")}
        environment = {**inherited, "VAR_DIR": str(var), **(settings or {})}
        super().__init__(command, environment, port, check=False)
        self.page = 0

    def do(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of ``config.processes``, from another terminal."""
        return subprocess.run(
            [sys.executable, "-m", "config.processes", *arguments],
            cwd=BASE,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def get(self, path: str, offset: int = 0, **headers: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port + offset}{path}"
        return httpx.get(url, headers=headers, timeout=SECONDS, follow_redirects=True)


def assert_gone(processes: Iterable[psutil.Process]) -> None:
    """All ``processes`` end by themselves, within a bounded time."""
    _, alive = psutil.wait_procs(list(processes), timeout=30)
    assert [" ".join(process.cmdline()) for process in alive] == []


def wait_until(condition: Callable[[], object], run: Run) -> None:
    end = monotonic() + SECONDS
    while not condition():
        assert monotonic() < end, run.output
        sleep(0.05)


@contextmanager
def served(environment: dict[str, str], wsgi: bool = False) -> Iterator[int]:
    """The port of a process with this environment, which responds. ``wsgi``: as another server
    would serve the blog."""
    port = free_port(1)
    other = ["-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, *(other if wsgi else ["-m", "config.processes", "web"])],
        cwd=BASE,
        env={"WEB_THREADS": "2", **environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_response(server, f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        server.terminate()
        server.wait(SECONDS)


def _await_response(server: "subprocess.Popen[bytes]", address: str) -> None:
    end = monotonic() + SECONDS
    while monotonic() < end and server.poll() is None:
        try:
            httpx.get(address)
        except httpx.TransportError:
            sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def wait_until_output(output: Path, text: str, process: psutil.Popen) -> None:
    """Until ``text`` is in the file ``output``, to which the process writes."""
    end = monotonic() + SECONDS
    while text not in output.read_text():
        assert monotonic() < end, output.read_text()
        assert process.poll() is None, output.read_text()
        sleep(0.05)
