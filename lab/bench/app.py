"""The running app: HTTP, SQL queries, a comment's time to its final status, memory and idle CPU."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import psutil

from config.processes.layout import SUBSCRIBERS
from lab import servers
from lab.bench.figures import Figure, Goal
from lab.bench.options import INSIDE, Options
from lab.data import SEED
from lab.errors import wait_until
from lab.http import Client, Response
from lab.load import Request, closed_loop, meanwhile
from lab.sandbox import Sandbox
from lab.stack import Run

LATENCY = "Latency over HTTP"
RATE = "Requests per second"
QUERIES = "SQL queries of a page"
STATUS = "From the answer to a comment's POST to its final status in the query API"
MEMORY = "Memory of each process, after the load (PSS counts a shared page in parts)"
IDLE = "Processor time of each process while nothing happens"

PAGE_QUERIES = Goal(4, "most", of="worst")
PROCESS_MEMORY = Goal(120, "most", of="worst")  # MB
FINAL_STATUS = {"file": Goal(300, "most"), "redis": Goal(60, "most"), "rabbitmq": Goal(60, "most")}

CLIENTS = (1, 8)
REQUESTS = 300  # of a round
WRITES_A_SECOND = 20  # beside readers
LIST = "/api/query/posts/"
CONTENT = "A comment of some length that no rule of moderation has anything to say about."

COMMENTS, COMMENTS_OF_A_POST = 100, 5
POLL_SECONDS = 0.003  # a poll costs the app some milliseconds of work
PAUSE_SECONDS = 0.02, 0.12  # between comments: out of step with whatever polls
STATUS_SECONDS = 30.0
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

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.client.get(self.address + path, headers).expect_success()

    def create_post(self) -> str:
        return self._post("/api/posts/", title="A post", body="Something to comment on.")

    def comment(self, post: str, content: str = "Well written.") -> str:
        return self._post(f"/api/posts/{post}/comments/", author="Ann", content=content)

    def comment_until_approved(self, post: str) -> float:
        """Seconds from the response to the comment's POST until the query API shows it approved."""
        comment = self.comment(post)
        began = time.perf_counter()

        def is_approved() -> bool:
            response = self.client.get(f"{self.address}{LIST}{post}/")
            if response.status == HTTPStatus.NOT_FOUND:
                return False
            shown = response.expect_success().data["comments"]
            return (comment, "approved") in ((each["id"], each["status"]) for each in shown)

        problem = f"a comment was not approved within {STATUS_SECONDS:.0f} seconds"
        wait_until(is_approved, STATUS_SECONDS, problem, POLL_SECONDS)
        return time.perf_counter() - began

    def settle(self) -> None:
        """Until everything that was sent before is handled."""
        self.comment_until_approved(self.create_post())

    def processes(self) -> dict[psutil.Process, str]:
        """By the name that supervisor has for them; processes that these started are numbered."""
        names, numbers = {self.main: "config.processes run"}, Counter[str]()
        for process in self.main.children(recursive=True):
            name = process.environ().get("SUPERVISOR_PROCESS_NAME", "supervisord")
            names[process] = f"{name}, child {numbers[name]}" if numbers[name] else name
            numbers[name] += 1
        return names

    def _post(self, path: str, **data: str) -> str:
        return str(self.client.post(self.address + path, data).expect_success().data["id"])


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


def http(app: App, options: Options, posts: list[str]) -> Iterator[Figure]:
    def page(_: int) -> None:
        app.get("/")

    def comment(number: int) -> None:
        app.comment(posts[number % len(posts)], CONTENT)

    requests: dict[str, Request] = {
        "GET /": page,
        "GET /posts/<id>/": lambda number: app.get(f"/posts/{posts[number % len(posts)]}/"),
        f"GET {LIST}": lambda _: app.get(LIST),
        f"GET {LIST} no-cache": lambda _: app.get(LIST, {"Cache-Control": "no-cache"}),
        "POST comment": comment,
    }
    for what, request in requests.items():
        yield from _latency_and_rate(app, options, what, request)
    with meanwhile(comment, 1 / WRITES_A_SECOND):
        what = f"GET / amid {WRITES_A_SECOND} comments/s"
        yield from _latency_and_rate(app, options, what, page)
    app.settle()


def queries(box: Sandbox, app: App, post: str) -> Iterator[Figure]:
    for address, count in box.run(INSIDE, "count_queries", post).items():
        # The goal is the pages'. To know who is logged in takes two more, of Django's own.
        goal = None if "default" in count or address.startswith("/api/") else PAGE_QUERIES
        note = ", ".join(f"{alias} {number}" for alias, number in count.items())
        yield Figure(QUERIES, address, app.database, "", [sum(count.values())], goal, note)


def status(app: App, options: Options) -> Iterator[Figure]:
    """One comment after the other, each when the one before has its final status."""
    random_ = random.Random(SEED)
    comments = options.samples(COMMENTS)
    posts = [app.create_post() for _ in range(-(-comments // COMMENTS_OF_A_POST))]
    app.settle()
    took = []
    for number in range(comments):
        took.append(app.comment_until_approved(posts[number // COMMENTS_OF_A_POST]) * 1_000)
        time.sleep(random_.uniform(*PAUSE_SECONDS))
    # The embedded broker has a goal where the database is embedded, too.
    goal = None if app.broker == "file" and app.database != "sqlite" else FINAL_STATUS[app.broker]
    yield Figure(STATUS, "one comment at a time", app.name, "ms", took, goal)


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


def _latency_and_rate(app: App, options: Options, what: str, request: Request) -> Iterator[Figure]:
    closed_loop(request, 30, 2)  # what is done once is not measured
    alone: Figure | None = None
    for clients in CLIENTS:
        requests, rounds = options.samples(REQUESTS), max(3, options.rounds)
        loads = [closed_loop(request, requests, clients) for _ in range(rounds)]
        row = f"{what}, {clients} client{'s' if clients > 1 else ''}"
        took = [each for load in loads for each in load.milliseconds]
        yield Figure(LATENCY, row, app.name, "ms", took)
        rate = Figure(RATE, row, app.name, "/s", [load.rate for load in loads])
        yield rate.with_ratio(alone, "1 client")
        alone = alone or rate
