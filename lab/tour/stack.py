"""The running stack: where it answers, and its services' processes stopped and started."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from time import sleep

from config.processes import ProcessError, control
from config.processes.layout import MODULES, SERVICES
from config.processes.paths import BASE, RunPaths
from config.processes.readiness import await_ready, is_ready
from config.processes.supervisor import Supervisor


class Stack:
    """What runs with its data in the ``VAR_DIR`` of `environment`. Raises ProcessError where
    nothing runs, or not all of it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._places = RunPaths.of(environment)
        self._supervisor = Supervisor(self._places)
        self.layout = self._supervisor.layout()
        states = self._supervisor.states()
        for program in self.layout.programs:
            if not is_ready(program, states[program.name], self._places):
                raise ProcessError(
                    f"{program.name} is not running, and the demo begins with everything "
                    f"running: {self._remedy(program.service)}"
                )
        # What the processes were started with, which this terminal need not have.
        worker = next(each for each in self.layout.of("query") if not each.port)
        self.settings = _environment_of(states[worker.name].pid) or dict(environment)
        self._stopped: list[str] = []

    @property
    def monolith(self) -> bool:
        return self.layout.topology == "monolith"

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service answers."""
        by_service = {web.service: web.address for web in self.layout.webs}
        return {service: by_service.get(service) or by_service[MODULES] for service in SERVICES}

    def stop(self, service: str) -> str:
        """Does what ``make stop`` does. Returns its output. Raises ProcessError."""
        if self.layout.of(service):
            self._stopped.append(service)
        with redirect_stdout(StringIO()) as said:
            control.stop(service, self._environment)
        return said.getvalue()

    def start(self, service: str) -> str:
        """Does what ``make start`` does. Returns what that says. Raises ProcessError."""
        with redirect_stdout(StringIO()) as said:
            control.start(service, self._environment)
        self._stopped = [each for each in self._stopped if each != service]
        return said.getvalue()

    def start_web(self, service: str) -> list[str]:
        """Starts the web process of a stopped service and leaves its worker stopped. Returns what
        was started: nothing where the service has no web process of its own."""
        webs = [program for program in self.layout.of(service) if program.port]
        for program in webs:
            self._supervisor.start_one(program)
        await_ready(webs, self._places, _pause, control.START_SECONDS)
        return [program.name for program in webs]

    def restore(self) -> list[str]:
        """Starts whatever is stopped still. Returns whom. Raises ProcessError."""
        stopped = sorted(set(self._stopped))
        for service in stopped:
            self.start(service)
        return stopped

    def manage(self, *arguments: str) -> None:
        """Runs ``manage.py`` with the settings that the processes have. Raises ProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=BASE, env=self.settings, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise ProcessError(f"manage.py {' '.join(arguments)} failed: {reason}")

    def _remedy(self, service: str) -> str:
        return "see make status" if service == MODULES else f"make start SERVICE={service}"


def _pause(seconds: float) -> bool:
    sleep(seconds)
    return False


def _environment_of(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty where the system does not tell."""
    try:
        content = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (os.fsdecode(entry).partition("=") for entry in content.split(b"\0"))
    return {name: value for name, _, value in pairs if name}
