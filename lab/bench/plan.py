"""What is measured, in which order, on which databases and brokers."""

from collections.abc import Iterator

from lab import servers
from lab.bench.app import http, memory_and_idle, queries, running, status
from lab.bench.figures import Figure
from lab.bench.log import appends, log, publishers
from lab.bench.options import INSIDE, Options, prepared

BROKERS = ("file", "redis", "rabbitmq")
POSTS = 60  # of the blog that is served, each with ten comments


def figures(options: Options, databases: tuple[str, ...]) -> Iterator[Figure]:
    """One after the other: nothing else runs while something is measured."""
    for database in databases:
        if "appends" in options.parts:
            with prepared(database) as box:
                yield from appends(box, options)
        if "log" in options.parts:
            with prepared(database) as box:
                yield from log(box, options)
            yield from publishers(database, options)
    brokers = [name for name in BROKERS if name == "file" or servers.find(name)]
    for database in databases:
        if {"app", "status"} & set(options.parts):
            yield from _on_brokers(database, brokers, options)


def _on_brokers(database: str, brokers: list[str], options: Options) -> Iterator[Figure]:
    """The app on each broker. HTTP is measured on one: the embedded broker beside the embedded
    database, a server beside a server."""
    served = brokers[0] if database == "sqlite" else [*brokers, "file"][1]
    for broker in brokers:
        with prepared(database) as box:
            posts = box.run(INSIDE, "create_blog", options.samples(POSTS))
            with running(box, broker) as app:
                if "status" in options.parts:
                    yield from status(app, options)
                if "app" in options.parts and broker == served:
                    yield from http(app, options, posts)
                    yield from queries(box, app, posts[0])
                    yield from memory_and_idle(app, options)
