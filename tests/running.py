"""Starts the whole program as a person does, in a folder and on ports of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import httpx
import psutil

from config.processes.paths import BASE

STARTED = "Ctrl+C stops everything."
SECONDS = 60  # that anything may take on a busy machine


def free_ports(count: int = 4) -> int:
    """The first of `count` free ports in a row."""
    for _ in range(200):
        first = SystemRandom().randrange(20_000, 30_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as server:
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Run:
    """``python -m config.processes run`` (or ``run-services``), from its start to its end.

    Used as a context: it begins when everything is up, or has failed, and kills what is left.
    """

    def __init__(
        self,
        command: str,
        var: Path,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.command = command
        self.var = var
        self.port = port or free_ports()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_URL")},
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(var),
            "PORT": str(self.port),
            **(settings or {}),
        }
        self.page = 0

    def __enter__(self) -> Self:
        self.var.mkdir(parents=True, exist_ok=True)
        self._output = self.var.with_name(f"{self.var.name}-output-{self.port}")
        with self._output.open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "config.processes", self.command],
                cwd=BASE,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: STARTED in self.output or self.process.poll() is not None, self)
        self.family = self.descendants()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        left = {*self.family, *self.descendants(), self.process}
        for process in left:
            if process.is_running():
                process.kill()
        self.process.wait()

    @property
    def output(self) -> str:
        """All that it said until now."""
        return self._output.read_text()

    def descendants(self) -> list[psutil.Process]:
        try:
            return self.process.children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def processes_of(self, program: str) -> list[psutil.Process]:
        return [each for each in self.descendants() if _runs(each, program)]

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

    def interrupt(self) -> int:
        """Ctrl+C: to all of the terminal's foreground group. The exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return int(self.process.wait(SECONDS))

    def get(self, path: str, offset: int = 0) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port + offset}{path}", timeout=SECONDS)


def assert_gone(processes: Iterable[psutil.Process]) -> None:
    """All `processes` end by themselves, within a bounded time."""
    _, alive = psutil.wait_procs(list(processes), timeout=30)
    assert [" ".join(process.cmdline()) for process in alive] == []


def wait_until(condition: object, run: Run) -> None:
    end = monotonic() + SECONDS
    assert callable(condition)
    while not condition():
        assert monotonic() < end, run.output
        sleep(0.05)


def _runs(process: psutil.Process, program: str) -> bool:
    try:
        return process.environ().get("SUPERVISOR_PROCESS_NAME") == program
    except psutil.Error:
        return False
