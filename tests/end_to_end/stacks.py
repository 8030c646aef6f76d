"""Hindsight as it is run, with real processes, on every database and broker that is found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from lab.cable import Cable
from lab.servers import mariadb, postgresql
from tests.needs import need
from tests.running import SECONDS, Run

EMBEDDED = "embedded"
STACKS = {
    EMBEDDED: ("sqlite", ""),
    "PostgreSQL and RabbitMQ": ("postgresql", "RabbitMQ"),
    "PostgreSQL and Redis": ("postgresql", "Redis"),
    "MariaDB": ("mariadb", ""),
}
CABLED = ("eventstore", "default", "comments", "query")
ADMIN = httpx.BasicAuth("admin", "for tests only")
SETTINGS = {"THROTTLE_WRITES": "", "ADMIN_PASSWORD": "for tests only", "SWEEP_INTERVAL": "2"}


@dataclass
class Stack:
    """The monolith, running on the databases of ``url``. ``cables`` lead to its broker and to its
    databases (by the names "broker", "store" for the event store's, and the aliases), where these
    are servers."""

    run: Run
    url: str
    cables: dict[str, Cable]

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """What these cables lead to is away, for the time of a block."""
        for name in names:
            self.cables[name].cut()
        try:
            yield
        finally:
            for name in names:
                self.cables[name].restore()

    def write_post(self) -> str:
        """Its id."""
        answer = self._send("/api/posts/", title="A title", body="A body")
        return str(answer.json()["id"])

    def comment(self, post: str, content: str) -> httpx.Response:
        return self._send(f"/api/posts/{post}/comments/", author="Ann", content=content)

    def statuses(self, post: str) -> dict[str, str]:
        """Of the comments on the page, by their content (empty where it is hidden)."""
        shown = self.run.get(f"/api/query/posts/{post}/").json()
        return {comment["content"]: comment["status"] for comment in shown.get("comments", [])}

    def events(self, about: str) -> list[dict[str, Any]]:
        """Those of the log that contain this id."""
        found, after = [], 0
        while page := self._events(after):
            found += [event for event in page if about in str(event)]
            after = page[-1]["position"]
        return found

    def until(self, condition: Callable[[], object]) -> None:
        """Waits, for a bounded time."""
        end = monotonic() + SECONDS
        while not condition():
            assert monotonic() < end, self.logs()
            sleep(0.02)

    def logs(self) -> str:
        """The ends of them."""
        logs = sorted((self.run.var / "log").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2_000:]}" for log in logs)

    def _events(self, after: int) -> list[dict[str, Any]]:
        address = f"http://127.0.0.1:{self.run.port}/api/events/?limit=1000&after={after}"
        answer = httpx.get(address, auth=ADMIN, timeout=SECONDS)
        return list(answer.json()["results"])

    def _send(self, path: str, **body: str) -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{self.run.port}{path}", json=body, timeout=SECONDS)


def those(*names: str) -> Any:
    """Each of them is started once, and then stays with one of pytest-xdist's processes. The
    embedded one is part of ``make test``; the others, on servers, are ``make test-stacks``."""
    apart = {name: [pytest.mark.stacks] for name in names if name != EMBEDDED}
    return [
        pytest.param(name, marks=[pytest.mark.xdist_group(name), *apart.get(name, [])])
        for name in names
    ]


def kill(stack: Stack, program: str) -> None:
    """And supervisor starts it again."""
    for process in stack.run.processes_of(program):
        process.kill()


def execute(stack: Stack, *statements: str) -> None:
    """On the databases' server."""
    if stack.url.startswith("postgres"):
        with postgresql(need("PostgreSQL")) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with mariadb(need("MariaDB")) as there, there.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def name_of(stack: Stack, alias: str) -> str:
    return urlsplit(stack.url.format(alias=alias)).path[1:]


def lose_page(stack: Stack) -> None:
    if stack.url.startswith("sqlite"):
        Path(urlsplit(stack.url.format(alias="query")).path).unlink()
        return
    query = name_of(stack, "query")
    if stack.url.startswith("postgres"):
        execute(stack, f'DROP DATABASE "{query}" WITH (FORCE)', f'CREATE DATABASE "{query}"')
    else:
        execute(stack, f"DROP DATABASE `{query}`", f"CREATE DATABASE `{query}`")
