"""The blog as services, in a place of its own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.processes.client import Supervisor
from config.processes.errors import Problem
from config.processes.layout import SERVICES, layout
from config.processes.places import Places
from config.processes.ready import is_ready
from lab.bench.sandbox import Sandbox
from lab.bench.stack import started
from lab.programs import free_port

OUR_SETTINGS = {"SWEEP_INTERVAL": "1", "THROTTLE_WRITES": ""}


@dataclass(frozen=True)
class Blog:
    """``environment`` is that of its processes, but for SERVICES."""

    var: Path
    port: int
    environment: dict[str, str] = field(repr=False)

    @property
    def places(self) -> Places:
        return Places(self.var)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service answers."""
        plan = layout("services", self.port)
        return {service: plan.of(service)[0].address for service in SERVICES}

    def not_ready(self) -> list[str]:
        """The processes that are not up, by name."""
        programs = layout("services", self.port).programs
        try:
            states = Supervisor(self.places).states()
        except Problem:
            return ["supervisord"]
        return [
            each.name for each in programs if not is_ready(each, states[each.name], self.places)
        ]


@contextmanager
def running(box: Sandbox, broker: str) -> Iterator[Blog]:
    """``make run-services`` in the sandbox, with this BROKER_URL. Raises Failed."""
    port = free_port(len(SERVICES))
    environment = {
        **box.environment,
        **OUR_SETTINGS,
        "BROKER_URL": broker,
        "PORT": str(port),
        "QUEUE_PREFIX": f"chaos-{secrets.token_hex(3)}-",
    }
    with started("run-services", environment, box.var / "run.log"):
        yield Blog(box.var, port, environment)


def left(var: Path) -> list[psutil.Process]:
    """The processes that work in this folder still."""
    return [process for process in psutil.process_iter() if _works_in(process, str(var))]


def _works_in(process: psutil.Process, var: str) -> bool:
    try:
        return process.environ().get("VAR_DIR") == var
    except psutil.Error:
        return False
