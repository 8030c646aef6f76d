"""The columns as they run, all at once; only one of them moves at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psutil

from comparison.cost.blog import Blog
from comparison.cost.columns import COLUMNS, Column
from comparison.cost.processes import named
from comparison.lab import SEED, Lab
from lab.errors import LabFailed
from lab.http import Client
from lab.stack import Stack, free_port

PORTS = 8
DATABASE_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}


@dataclass
class Running:
    """A column whose processes run. ``stored`` is what its databases held when they were filled,
    before anything was written."""

    column: Column
    stack: Stack
    blog: Blog
    stored: dict[str, Any]

    @cached_property
    def processes(self) -> dict[str, psutil.Process]:
        return named(self.stack)

    @property
    def database_port(self) -> int | None:
        """Of the databases' server; None where they are files."""
        url = urlsplit(self.stack.box.environment.get("DATABASE_URL", ""))
        return url.port or DATABASE_PORTS.get(url.scheme)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """It goes on, and has done what it had left to do; afterwards it stands still again."""
        # A server gives up connections that say nothing for long; one of them may not be asked
        # twice to write.
        self.blog.client.close()
        self.stack.resume()
        try:
            self.blog.settle()
            yield
        finally:
            self.stack.pause()


@contextmanager
def all_running(lab: Lab, posts: int) -> Iterator[list[Running]]:
    """All columns, each with the same blog of so many posts; prepared and started together."""
    with ExitStack() as opened:
        boxes = [opened.enter_context(lab.sandbox(**column.given)) for column in COLUMNS]
        with ThreadPoolExecutor(len(COLUMNS)) as pool:
            filled = list(
                pool.map(lambda box, column: box.run(column.filled_by, posts, SEED), boxes, COLUMNS)
            )
        ports = count(free_port(PORTS * len(COLUMNS)), PORTS)
        plans = [column.plan(port) for column, port in zip(COLUMNS, ports, strict=False)]
        stacks = [Stack(box, plan) for box, plan in zip(boxes, plans, strict=True)]
        for stack in stacks:
            opened.callback(stack.kill)  # nobody needs what they would still write
            stack.launch()
        for stack in stacks:
            stack.await_ready()
        blogs = [
            Blog(column, stack.addresses, Client())
            for column, stack in zip(COLUMNS, stacks, strict=True)
        ]
        for blog in blogs:
            opened.callback(blog.client.close)
        runs = [Running(*parts) for parts in zip(COLUMNS, stacks, blogs, filled, strict=True)]
        check_same_page(runs)
        yield runs


def check_same_page(runs: Sequence[Running]) -> None:
    """Raises LabFailed where the columns do not show the same."""
    pages = [running.blog.posts() for running in runs]
    for running, page in zip(runs, pages, strict=True):
        if page != pages[0]:
            raise LabFailed(f"{running.column.title} shows another page")
