"""Which processes each topology has. Pure: names, commands and environments, nothing is started.

``monolith``: one web process with all apps, and a worker for each subscribing service.
``services``: each service has its own web process and its own worker, and knows no other.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from config.processes.paths import BASE
from config.services import ALL_SERVICES, PAGE

Topology = Literal["monolith", "services"]

# In the order of their ports: the page's has the first.
SERVICES = (PAGE, *(service for service in ALL_SERVICES if service != PAGE))
# What consumes events has handlers.
SUBSCRIBERS = tuple(each for each in ALL_SERVICES if (BASE / each / "handlers.py").is_file())
MODULES = "web"  # the monolith's web process is no service's own

HOST = "127.0.0.1"
LOOPBACK = frozenset({"localhost", HOST, "[::1]", "testserver"})  # what it may be called
IDLE_SECONDS = 30  # for a request's headers, and for a connection until its next request
HEADER_BYTES = 65_536  # of a request, with its address
MAX_CONNECTIONS = 4_096  # that a web process serves at the same time; more wait
# By name and not by path: the configuration would read a "#" in a path as a comment.
PYTHON = Path(sys.executable).name


@dataclass(frozen=True)
class Program:
    """One process to start. ``name`` also names its log. ``start`` and ``stop`` take its
    ``service``. ``port`` is a web process's, and None for a worker."""

    name: str
    service: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}" if self.port else ""


@dataclass(frozen=True)
class Layout:
    """The processes of one topology. ``environment`` is common to all of them."""

    topology: Topology
    port: int
    programs: tuple[Program, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def webs(self) -> list[Program]:
        return [program for program in self.programs if program.port]

    def of(self, service: str) -> list[Program]:
        """The processes of `service` alone; none where it is a module of another process."""
        return [program for program in self.programs if program.service == service]


def layout(topology: Topology, port: int, queue_prefix: str = "") -> Layout:
    """The processes of `topology`, the page on `port`."""
    if topology == "monolith":
        web = Program(MODULES, MODULES, web_command(port), {"PORT": str(port)}, port)
        workers = [_worker(service, queue_prefix) for service in SUBSCRIBERS]
        return Layout(topology, port, (web, *workers))
    ports = {service: port + offset for offset, service in enumerate(SERVICES)}
    webs = (
        Program(f"{name}-web", name, web_command(at), {"SERVICES": name, "PORT": str(at)}, at)
        for name, at in ports.items()
    )
    workers = [_worker(service, queue_prefix, {"SERVICES": service}) for service in SERVICES]
    urls = {f"{service.upper()}_URL": f"http://{{host}}:{ports[service]}" for service in SERVICES}
    return Layout(topology, port, (*webs, *workers), urls)


def is_for_staff(posting: str, hosts: str) -> bool:
    """Whether staff alone write posts, with these values of ``POSTING`` and ``ALLOWED_HOSTS``."""
    names = {name.strip() for name in hosts.split(",")} - {""}
    return (posting or ("everyone" if names <= LOOPBACK else "staff")) == "staff"


def web_command(port: int, host: str = HOST) -> tuple[str, ...]:
    return (
        *(PYTHON, "-m", "granian", "--interface", "asginl", "config.asgi:application"),
        *("--host", host, "--port", str(port), "--workers", "1", "--no-ws"),
        # Where HTTP/2 is possible as well, a connection that sends nothing is never closed.
        *("--http", "1", "--http1-header-read-timeout", str(1_000 * IDLE_SECONDS)),
        *("--http1-buffer-size", str(HEADER_BYTES), "--backpressure", str(MAX_CONNECTIONS)),
    )


def _worker(service: str, prefix: str, environment: Mapping[str, str] | None = None) -> Program:
    command = (PYTHON, "-m", "config.worker", f"{prefix}{service}")
    return Program(f"{service}-worker", service, command, environment or {})
