"""Which processes the lab starts. The services' and the monolith's are the blog's own layouts."""

import socket
from dataclasses import replace
from random import SystemRandom

from config.processes.layout import HOST, Layout, Program, layout
from lab.errors import LabFailed

READ_FROM = ("query", "posts", "comments")
OURS = ("monolith", "gateway")
"""Web processes with all apps: one serves the monolith's ways, from the monolith's own tables;
the other calls the services, or reads their databases."""


def reading(port: int) -> Layout:
    """The web processes that a page is read from; no workers, nothing is written."""
    services = layout("services", port)
    webs = [web for web in services.webs if web.service in READ_FROM]
    after = port + len(services.webs)
    ours = [_all_apps(name, after + number) for number, name in enumerate(OURS)]
    return replace(services, programs=(*webs, *ours))


def alone(name: str, port: int) -> Layout:
    """One web process with all apps, and no other."""
    return Layout("monolith", port, (_all_apps(name, port),))


def free_port(count: int = 8) -> int:
    """The first of so many free ports in a row. Raises LabFailed."""
    for _ in range(200):
        first = SystemRandom().randrange(21_000, 29_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise LabFailed(f"there are no {count} free ports in a row between 21000 and 29000")


def _all_apps(name: str, port: int) -> Program:
    return replace(layout("monolith", port).webs[0], name=name, service=name)


def _is_free(port: int) -> bool:
    with socket.socket() as server:
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True
