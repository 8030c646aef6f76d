"""The in-memory original: the article's five services in Express, with processes of their own.

Their code is in ``express/``. What they need is installed once, below ``var/`` of the checkout.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psutil

from config.processes.layout import HOST
from eventstore.contracts import Contract
from lab import npm, records
from lab.errors import wait_until
from lab.guard import Guard
from lab.http import Client
from lab.npm import missing as missing
from lab.stack import free_port

NAME = "Express"
CODE = Path(__file__).with_name("express")
NODE_MODULES = records.VAR / "express" / "node_modules"
# In the order in which they start: query first reads the bus's events.
SERVICES = ("bus", "posts", "comments", "moderation", "query")
START_SECONDS, FINAL_SECONDS = 30, 60.0


def versions() -> dict[str, str]:
    """Of Node; empty where it is not on this machine."""
    if missing():
        return {}
    node = (shutil.which("node") or "", "--version")
    done = subprocess.run(node, capture_output=True, text=True, check=False)
    return {"Node": done.stdout.strip().removeprefix("v")}


def install() -> None:
    """Its packages. Raises LabFailed."""
    npm.install(CODE, NODE_MODULES.parent)


class Original(AbstractContextManager["Original"]):
    """As a context: its five services run, on free ports, and hold nothing. ``urls`` by service;
    ``guard`` ends them, should we be killed. Raises LabFailed where they do not start."""

    def __init__(self, guard: Guard | None = None) -> None:
        install()
        self._guard = guard
        first = free_port(len(SERVICES))
        self.ports = {name: first + number for number, name in enumerate(SERVICES)}
        self.urls = {name: f"http://{HOST}:{port}" for name, port in self.ports.items()}
        self._processes: list[psutil.Popen] = []
        self.client = Client()

    def __enter__(self) -> "Original":
        try:
            for name in SERVICES[:-1]:
                self._start(name)
            for name in SERVICES:
                if name == SERVICES[-1]:
                    self._start(name)
                problem = f"{name} of the Express services did not start"
                wait_until(partial(self._listens, name), START_SECONDS, problem, step=0.01)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()
        for process in self._processes:
            process.kill()
            process.wait()
            if self._guard:
                self._guard.remove(process.pid)
        self._processes.clear()

    def processes(self) -> list[psutil.Process]:
        return list(self._processes)

    def create_post(self, title: str) -> str:
        response = self.client.post(f"{self.urls['posts']}/posts", {"title": title})
        return str(response.expect_success().data["id"])

    def comment(self, post: str, content: str) -> str:
        """Its id."""
        response = self.client.post(self.comments_url(post), {"content": content})
        return str(response.expect_success().data[-1]["id"])

    def comments_url(self, post: str) -> str:
        return f"{self.urls['comments']}/posts/{post}/comments"

    def is_approved(self, post: str, comment: str) -> bool:
        """Whether query shows the comment approved."""
        found = self.posts().get(post, {"comments": []})["comments"]
        return (comment, "approved") in ((each["id"], each["status"]) for each in found)

    def fill(self, blog: Iterable[Contract]) -> None:
        """Query receives what it needs of these events, as if the bus had passed them on."""
        url = f"{self.urls['query']}/events"
        for event in blog:
            data = msgspec.structs.asdict(event)
            data |= {"id": data.get("comment_id", data["post_id"]), "postId": data["post_id"]}
            self.client.post(url, {"type": type(event).__name__, "data": data}).expect_success()

    def posts(self) -> dict[str, Any]:
        """All of them as query has them, by id."""
        data = self.client.get(f"{self.urls['query']}/posts").expect_success().data
        return dict(data)

    def settle(self) -> None:
        """Until no comment is pending. Raises LabFailed."""

        def nothing_is_pending() -> bool:
            every = (each for post in self.posts().values() for each in post["comments"])
            return all(each["status"] != "pending" for each in every)

        problem = f"the original's comments were pending for {FINAL_SECONDS:.0f} seconds"
        wait_until(nothing_is_pending, FINAL_SECONDS, problem)

    def _start(self, name: str) -> None:
        subscribers = " ".join(url for each, url in self.urls.items() if each != "bus")
        environment = {
            **os.environ,
            "NODE_PATH": str(NODE_MODULES),
            "BUS": self.urls["bus"],
            "SUBSCRIBERS": subscribers,
        }
        process = psutil.Popen(
            ("node", str(CODE / f"{name}.js"), str(self.ports[name])),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is for us alone
        )
        self._processes.append(process)
        if self._guard:
            self._guard.add(process.pid)

    def _listens(self, name: str) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.ports[name]), 1):
            return True
        return False
