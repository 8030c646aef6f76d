"""What is measured, in which order, on which parts."""

from collections.abc import Iterator

from lab.bench import servers
from lab.bench.app import http, queries
from lab.bench.appends import appends
from lab.bench.children import measure
from lab.bench.figures import Figure
from lab.bench.log import log, publishers
from lab.bench.options import Options
from lab.bench.processes import processes
from lab.bench.sandbox import sandbox
from lab.bench.stack import running
from lab.bench.status import status

POSTS = 60  # of the blog that is served, each with ten comments


def figures(options: Options, databases: tuple[str, ...]) -> Iterator[Figure]:
    """One after the other: nothing else runs while something is measured."""
    for database in databases:
        if "appends" in options.parts:
            with sandbox(database) as box:
                yield from appends(box, options)
        if "log" in options.parts:
            with sandbox(database) as box:
                yield from log(box, options)
            yield from publishers(database, options)
    brokers = [name for name in servers.BROKERS if name == "file" or servers.answers(name)]
    for database in databases:
        if {"app", "status"} & set(options.parts):
            yield from _on_stacks(database, brokers, options)


def _on_stacks(database: str, brokers: list[str], options: Options) -> Iterator[Figure]:
    """The app on each broker; HTTP is measured on the first that fits the database, where a
    server's is the next best to a server."""
    served = brokers[0] if database == "sqlite" else [*brokers, "file"][1]
    for broker in brokers:
        with sandbox(database) as box:
            posts = measure("blogging", options.some(POSTS), environment=box.environment)
            with running(box, broker) as stack:
                if "status" in options.parts:
                    yield from status(stack, options)
                if "app" in options.parts and broker == served:
                    yield from http(stack, options, posts)
                    yield from queries(box, stack, posts)
                    yield from processes(stack, options)
