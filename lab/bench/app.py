"""The running app; its SQL queries, and the memory and the idle CPU of each of its processes."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import psutil

from config.processes.layout import SUBSCRIBERS
from lab import servers
from lab.bench.figures import Figure, Goal
from lab.bench.options import INSIDE, Options, prepared
from lab.errors import wait_until
from lab.http import Client, Response
from lab.sandbox import Sandbox
from lab.stack import Run, by_program

QUERIES = "SQL queries of a page"
MEMORY = "Memory of each process, after the load (PSS counts a shared page in parts)"
IDLE = "Processor time of each process while nothing happens"

PAGE_QUERIES = Goal(4, "most", of="worst")
PROCESS_MEMORY = Goal(120, "most", of="worst")  # MB
BROKERS = ("file", "redis", "rabbitmq")
POSTS = 60  # of the blog that is served, each with ten comments
LIST = "/api/query/posts/"
SETTLE_SECONDS = 60.0
IDLE_SECONDS = 10
MB = 1e6


@dataclass(frozen=True)
class App:
    """The app on one database and one broker. ``main`` is the process that started all others."""

    database: str
    broker: str
    address: str
    main: psutil.Process
    client: Client = field(default_factory=Client)

    @property
    def name(self) -> str:
        return f"{self.database} + {self.broker}"

    def get(self, path: str) -> Response:
        return self.client.get(self.address + path).expect_success()

    def create_post(self, title: str = "A post") -> str:
        return self._post(f"{self.address}/api/posts/", title=title, body="")

    def comment(self, post: str, content: str = "Well written.") -> str:
        return self._post(self.comments_url(post), author="Ann", content=content)

    def is_approved(self, post: str, comment: str) -> bool:
        """Whether the query API shows the comment approved."""
        response = self.client.get(f"{self.address}{LIST}{post}/")
        if response.status == HTTPStatus.NOT_FOUND:
            return False
        shown = response.expect_success().data["comments"]
        return (comment, "approved") in ((each["id"], each["status"]) for each in shown)

    def comments_url(self, post: str) -> str:
        return f"{self.address}/api/posts/{post}/comments/"

    def settle(self) -> None:
        """Until everything that was sent before is handled. Raises LabFailed."""
        self.client.close()  # the server closes what was idle for long, and a POST is not repeated
        post = self.create_post()
        comment = self.comment(post)
        problem = f"a comment was not approved within {SETTLE_SECONDS:.0f} seconds"
        wait_until(lambda: self.is_approved(post, comment), SETTLE_SECONDS, problem)

    def processes(self) -> dict[psutil.Process, str]:
        """By the name that supervisor has for them; processes that these started are numbered."""
        names, numbers = {self.main: "config.processes run"}, Counter[str]()
        family = self.main.children(recursive=True)
        programs = by_program(family, Path(self.main.environ()["VAR_DIR"]))
        for process in family:
            name = programs.get(process, "supervisord")
            names[process] = f"{name}, child {numbers[name]}" if numbers[name] else name
            numbers[name] += 1
        return names

    def _post(self, url: str, **data: str) -> str:
        return str(self.client.post(url, data).expect_success().data["id"])


@contextmanager
def running(box: Sandbox, broker: str) -> Iterator[App]:
    """``make run`` in the sandbox, on a free port, with queues of its own."""
    prefix = f"{box.name}-"
    url = "" if broker == "file" else servers.find(broker) or ""
    settings = {"QUEUE_PREFIX": prefix} | ({"BROKER_URL": url} if url else {})
    try:
        with Run("run", {**box.environment, **settings}) as run:
            app = App(box.database, broker, run.address, run.process)
            with app.client:
                yield app
            run.stop()
    finally:
        names = [f"{prefix}{consumer}" for consumer in SUBSCRIBERS]
        servers.delete_queues(url, prefix, names, names)


def app(options: Options) -> Iterator[Figure]:
    """On the embedded database and broker, and on PostgreSQL with the fastest server."""
    for database in options.databases:
        broker = "file" if database == "sqlite" else _brokers()[-1]
        with prepared(database) as box:
            posts = box.run(INSIDE, "create_blog", options.samples(POSTS))
            with running(box, broker) as app:
                yield from queries(box, app, posts[0])
                yield from memory_and_idle(app, options)


def _brokers() -> list[str]:
    return [name for name in BROKERS if name == "file" or servers.find(name)]


def queries(box: Sandbox, app: App, post: str) -> Iterator[Figure]:
    for address, count in box.run(INSIDE, "count_queries", post).items():
        # The goal is the pages'. To know who is logged in takes two more, of Django's own.
        goal = None if "default" in count or address.startswith("/api/") else PAGE_QUERIES
        note = ", ".join(f"{alias} {number}" for alias, number in count.items())
        yield Figure(QUERIES, address, app.database, "", [sum(count.values())], goal, note)


def memory_and_idle(app: App, options: Options) -> Iterator[Figure]:
    named = sorted(app.processes().items(), key=lambda item: item[1])
    total = 0.0
    for process, name in named:
        memory = process.memory_full_info()
        pss = getattr(memory, "pss", memory.rss) / MB  # Linux alone has it
        total += pss
        note = f"USS {memory.uss / MB:.0f}, PSS {pss:.0f}"
        row, rss = f"{name}, RSS", memory.rss / MB
        yield Figure(MEMORY, row, app.name, "MB", [rss], PROCESS_MEMORY, note)
    yield Figure(MEMORY, "all together, PSS", app.name, "MB", [total])
    # The first two are user and system.
    before, began = [sum(each.cpu_times()[:2]) for each, _ in named], time.monotonic()
    time.sleep(options.samples(IDLE_SECONDS))
    passed = time.monotonic() - began
    for (process, name), worked in zip(named, before, strict=True):
        percent = (sum(process.cpu_times()[:2]) - worked) / passed * 100
        yield Figure(IDLE, name, app.name, "% of a core", [percent])
