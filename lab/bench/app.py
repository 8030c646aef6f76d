"""The running app: latency and rate over HTTP, SQL queries of a page, a comment's time to its final
status, memory and idle CPU of each process."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import psutil

from config.processes.layout import SUBSCRIBERS
from lab import servers
from lab.bench.figures import PAGE_QUERIES, PROCESS_MEMORY, Figure, final_status_goal
from lab.bench.options import INSIDE, Options
from lab.data import SEED
from lab.errors import wait_until
from lab.http import Client, Response
from lab.load import Request, closed_loop, meanwhile
from lab.running import Run
from lab.sandbox import Sandbox

LATENCY = "Latency over HTTP"
RATE = "Requests per second"
QUERIES = "SQL queries of a page"
STATUS = "From the answer to a comment's POST to its final status in the query API"
MEMORY = "Memory of each process, after the load (PSS counts a shared page in parts)"
IDLE = "Processor time of each process while nothing happens"

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
    """The app on one database and one broker, and a client of it. ``main`` is the process that
    started all others."""

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
        data = {"title": "A post", "body": "Something to comment on."}
        return str(self._post("/api/posts/", data)["id"])

    def comment(self, post: str, content: str = "Well written.") -> str:
        data = {"author": "Ann", "content": content}
        return str(self._post(f"/api/posts/{post}/comments/", data)["id"])

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
        """Returns when everything that was sent before is handled."""
        self.comment_until_approved(self.create_post())

    def _post(self, path: str, data: dict[str, str]) -> Any:
        return self.client.post(self.address + path, data).expect_success().data


@contextmanager
def running(box: Sandbox, broker: str) -> Iterator[App]:
    """``make run`` in the sandbox, on a free port, with queues of its own."""
    prefix = f"{box.name}-"
    environment = {**box.environment, "QUEUE_PREFIX": prefix}
    url = "" if broker == "file" else servers.find(broker) or ""
    if url:
        environment["BROKER_URL"] = url
    try:
        with Run("run", environment) as run:
            app = App(box.database, broker, run.address, run.process)
            with app.client:
                yield app
            run.stop()
    finally:
        if url:
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
    goal = final_status_goal(app.broker, app.database)
    yield Figure(STATUS, "one comment at a time", app.name, "ms", took, goal)


def memory_and_idle(app: App, options: Options) -> Iterator[Figure]:
    named = sorted(_processes(app.main).items(), key=lambda item: item[1])
    total = 0.0
    for process, name in named:
        memory = process.memory_full_info()
        rss, uss = memory.rss / MB, memory.uss / MB
        pss = getattr(memory, "pss", memory.rss) / MB  # Linux alone has it
        total += pss
        note = f"USS {uss:.0f}, PSS {pss:.0f}"
        yield Figure(MEMORY, f"{name}, RSS", app.name, "MB", [rss], PROCESS_MEMORY, note)
    yield Figure(MEMORY, "all together, PSS", app.name, "MB", [total])
    before = [_cpu_seconds(process) for process, _ in named]
    began = time.monotonic()
    time.sleep(options.samples(IDLE_SECONDS))
    passed = time.monotonic() - began
    for (process, name), worked in zip(named, before, strict=True):
        percent = (_cpu_seconds(process) - worked) / passed * 100
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


def _processes(main: psutil.Process) -> dict[psutil.Process, str]:
    """By the name that supervisor has for them; processes that these started are numbered."""
    names = {main: "config.processes run"}
    numbers: dict[str, int] = {}
    for process in main.children(recursive=True):
        name = process.environ().get("SUPERVISOR_PROCESS_NAME", "supervisord")
        numbers[name] = numbers.get(name, -1) + 1
        names[process] = f"{name}, child {numbers[name]}" if numbers[name] else name
    return names


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
