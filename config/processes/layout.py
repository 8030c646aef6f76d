"""Which processes each topology has. Pure: names, commands and environments, nothing is started.

``monolith``: one web process with all apps, and a worker for each subscribing service.
``services``: each service has its own web process and its own worker, and knows no other.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Topology = Literal["monolith", "services"]

SERVICES = ("query", "posts", "comments", "moderation")  # in the order of their ports
SUBSCRIBERS = ("comments", "moderation", "query")
MODULES = "web"  # the monolith's web process is no service's own

HOST = "127.0.0.1"
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
        web = Program(MODULES, MODULES, _web(port), {"PORT": str(port)}, port)
        workers = [_worker(service, queue_prefix) for service in SUBSCRIBERS]
        return Layout(topology, port, (web, *workers))
    ports = {service: port + offset for offset, service in enumerate(SERVICES)}
    webs = (
        Program(f"{name}-web", name, _web(at), {"SERVICES": name, "PORT": str(at)}, at)
        for name, at in ports.items()
    )
    workers = [_worker(service, queue_prefix, {"SERVICES": service}) for service in SERVICES]
    urls = {f"{service.upper()}_URL": f"http://{{host}}:{ports[service]}" for service in SERVICES}
    return Layout(topology, port, (*webs, *workers), urls)


def _web(port: int) -> tuple[str, ...]:
    return (
        *(PYTHON, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", HOST, "--port", str(port), "--workers", "1", "--blocking-threads", "4"),
    )


def _worker(service: str, prefix: str, environment: Mapping[str, str] | None = None) -> Program:
    command = (
        *(PYTHON, "-m", "celery", "-A", "config", "worker", "-Q", f"{prefix}{service}"),
        *("-n", f"{service}@%h", "-P", "prefork", "-c", "1"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    return Program(f"{service}-worker", service, command, environment or {})
