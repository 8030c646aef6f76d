"""The whole blog as a user starts it: ``python -m config.processes run`` or ``run-services``."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import psutil

from config.processes.paths import BASE
from lab.errors import LabFailed, wait_until
from lab.stack import free_port

RUNNING = "Ctrl+C stops everything."
START_SECONDS, STOP_SECONDS = 120, 20
PORTS = 4  # run-services has a web process for each service


class Run:
    """The command, from its start to its end, with ``VAR_DIR`` of ``environment``. As a context:
    it begins when everything is up, and ends what is left. Raises LabFailed where it does not
    start; with ``check=False`` the caller looks at ``process`` and ``output``."""

    def __init__(
        self,
        command: Literal["run", "run-services"],
        environment: Mapping[str, str],
        port: int | None = None,
        check: bool = True,
    ) -> None:
        self.command, self.port, self.check = command, port or free_port(PORTS), check
        self.environment = {**environment, "PYTHONUNBUFFERED": "1", "PORT": str(self.port)}
        self.address = f"http://127.0.0.1:{self.port}"
        self.var = Path(self.environment["VAR_DIR"])
        self._output = self.var / f"output-{self.port}"
        self.family: list[psutil.Process] = []

    def __enter__(self) -> Self:
        self.var.mkdir(parents=True, exist_ok=True)
        self._output.touch(0o600)  # it may have the administrator's password
        with self._output.open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "config.processes", self.command],
                cwd=BASE,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C is for us alone
            )
        try:
            wait_until(self._is_up_or_ended, START_SECONDS, self._problem, step=0.05)
            if self.check and RUNNING not in self.output:
                raise LabFailed(self._problem())
            self.family = self.descendants()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for process in {*self.family, *self.descendants(), self.process}:
            if process.is_running():
                process.kill()
        self.process.wait()

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return self._output.read_text()

    def stop(self) -> None:
        """As by ``kill``: it ends its processes itself. After ``STOP_SECONDS`` it is killed, and
        its processes end themselves."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def interrupt(self) -> int:
        """Ctrl+C: to all of the terminal's foreground group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return int(self.process.wait(START_SECONDS))

    def descendants(self) -> list[psutil.Process]:
        try:
            return self.process.children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def processes_of(self, program: str) -> list[psutil.Process]:
        """Those that supervisor started under this name, with their children."""
        return [
            each
            for each in self.descendants()
            if environment_of(each.pid).get("SUPERVISOR_PROCESS_NAME") == program
        ]

    def _is_up_or_ended(self) -> bool:
        return RUNNING in self.output or self.process.poll() is not None

    def _problem(self) -> str:
        return f"the app did not start:\n{self.output[-2_000:]}"


def processes_in(var: Path) -> list[psutil.Process]:
    """All processes that work in this folder."""
    everything = psutil.process_iter()
    return [each for each in everything if environment_of(each.pid).get("VAR_DIR") == str(var)]


def environment_of(pid: int) -> dict[str, str]:
    """With which a process was started; empty if the system does not give it."""
    try:
        return psutil.Process(pid).environ()
    except psutil.Error:
        return {}
