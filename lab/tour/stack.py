"""The running stack: its addresses, and its services' processes stopped and started."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from time import sleep

import psutil

from config.processes import ProcessError, control
from config.processes.layout import MODULES, SERVICES
from config.processes.paths import BASE, RunPaths
from config.processes.readiness import await_ready, is_ready
from config.processes.supervisor import Supervisor


class Stack:
    """What runs with its data in the ``VAR_DIR`` of ``environment``. Raises ProcessError unless all
    its processes run."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._paths = RunPaths.of(environment)
        self._supervisor = Supervisor(self._paths)
        self.layout = self._supervisor.layout()
        states = self._supervisor.states()
        for program in self.layout.programs:
            if not is_ready(program, states[program.name], self._paths):
                start = f"make start SERVICE={program.service}"
                raise ProcessError(
                    f"{program.name} is not running, and the tour begins with everything "
                    f"running: {'see make status' if program.service == MODULES else start}"
                )
        worker = next(each for each in self.layout.of("query") if not each.port)
        self.settings = _environment_of(states[worker.name].pid) or dict(environment)
        """With which the processes were started; those of this terminal may differ."""
        self._stopped: set[str] = set()

    @property
    def is_monolith(self) -> bool:
        return self.layout.topology == "monolith"

    @property
    def addresses(self) -> dict[str, str]:
        """Of each service."""
        by_service = {web.service: web.address for web in self.layout.webs}
        return {service: by_service.get(service) or by_service[MODULES] for service in SERVICES}

    def stop(self, service: str) -> str:
        """As ``make stop``. Returns its output; raises ProcessError if it fails."""
        if self.layout.of(service):
            self._stopped.add(service)
        with redirect_stdout(StringIO()) as output:
            control.stop(service, self._environment)
        return output.getvalue()

    def start(self, service: str) -> str:
        """As ``make start``. Returns its output; raises ProcessError if it fails."""
        with redirect_stdout(StringIO()) as output:
            control.start(service, self._environment)
        self._stopped.discard(service)
        return output.getvalue()

    def start_web(self, service: str) -> list[str]:
        """Starts the web process of a stopped service but not its worker. Returns what was started:
        nothing if the service has no web process of its own."""
        webs = [program for program in self.layout.of(service) if program.port]
        for program in webs:
            self._supervisor.start_one(program)
        await_ready(webs, self._paths, _pause, control.START_SECONDS)
        return [program.name for program in webs]

    def start_stopped(self) -> list[str]:
        """Starts all services that are still stopped, and returns them. Raises ProcessError."""
        stopped = sorted(self._stopped)
        for service in stopped:
            self.start(service)
        return stopped

    def manage(self, *arguments: str) -> None:
        """Runs ``manage.py`` with the settings of the processes. Raises ProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=BASE, env=self.settings, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ProcessError(f"manage.py {' '.join(arguments)} failed: {reason}")


def _pause(seconds: float) -> bool:
    sleep(seconds)
    return False


def _environment_of(pid: int) -> dict[str, str]:
    """The environment with which a process was started; empty if the system does not give it."""
    try:
        return psutil.Process(pid).environ()
    except psutil.Error:
        return {}
