"""The services topology in a sandbox: ``make run-services``, with settings for chaos."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.processes import ProcessError
from config.processes.layout import SERVICES, layout
from config.processes.paths import RunPaths
from config.processes.readiness import is_ready
from config.processes.supervisor import Supervisor
from lab.bench.sandbox import Sandbox
from lab.bench.stack import started
from lab.stack import free_port

SETTINGS = {"SWEEP_INTERVAL": "1", "THROTTLE_WRITES": ""}


@dataclass(frozen=True)
class Stack:
    """``environment`` is that of its processes, but for SERVICES."""

    var: Path
    port: int
    environment: dict[str, str] = field(repr=False)

    @property
    def places(self) -> RunPaths:
        return RunPaths(self.var)

    @property
    def addresses(self) -> dict[str, str]:
        """Of each service."""
        return {web.service: web.address for web in layout("services", self.port).webs}

    def not_ready(self) -> list[str]:
        """The names of the processes that are not up."""
        programs = layout("services", self.port).programs
        try:
            states = Supervisor(self.places).states()
        except ProcessError:
            return ["supervisord"]
        return [
            each.name for each in programs if not is_ready(each, states[each.name], self.places)
        ]


@contextmanager
def running(box: Sandbox, broker_url: str) -> Iterator[Stack]:
    """From when everything is up. Raises Failed."""
    port = free_port(len(SERVICES))
    environment = {
        **box.environment,
        **SETTINGS,
        "BROKER_URL": broker_url,
        "PORT": str(port),
        "QUEUE_PREFIX": f"chaos-{secrets.token_hex(3)}-",
    }
    with started("run-services", environment, box.var / "run.log"):
        yield Stack(box.var, port, environment)


def leftovers(var: Path) -> list[psutil.Process]:
    """The processes that still work in this folder."""
    return [process for process in psutil.process_iter() if _works_in(process, str(var))]


def _works_in(process: psutil.Process, var: str) -> bool:
    try:
        return process.environ().get("VAR_DIR") == var
    except psutil.Error:
        return False
