"""The running app over HTTP: latency and requests per second of pages and API."""

from collections.abc import Iterator

from lab.bench.children import measure
from lab.bench.figures import Figure, ratio
from lab.bench.goals import PAGE_QUERIES
from lab.bench.load import Ask, Client, load, meanwhile
from lab.bench.options import Options
from lab.bench.sandbox import Sandbox
from lab.bench.stack import Stack
from lab.bench.status import settle

LATENCY = "Latency over HTTP"
RATE = "Requests per second"
QUERIES = "SQL queries of a page"
CLIENTS = (1, 8)
REQUESTS = 300  # of a round
WRITES = 20  # a second, beside readers
API = "/api/query/posts/"
TEXT = "A comment of some length that no rule of moderation has anything to say about."


def http(stack: Stack, options: Options, posts: list[str]) -> Iterator[Figure]:
    def comment(client: Client, number: int) -> None:
        path = f"/api/posts/{posts[number % len(posts)]}/comments/"
        client.post(path, {"author": "Ann", "content": TEXT})

    def page(client: Client, _: int) -> None:
        client.get("/")

    asks: dict[str, Ask] = {
        "GET /": page,
        "GET /posts/<id>/": lambda client, n: client.get(f"/posts/{posts[n % len(posts)]}/"),
        f"GET {API}": lambda client, _: client.get(API),
        f"GET {API} no-cache": lambda client, _: client.get(API, {"Cache-Control": "no-cache"}),
        "POST comment": comment,
    }
    for what, ask in asks.items():
        yield from _figures(stack, options, what, ask)
    with meanwhile(stack.port, comment, 1 / WRITES):
        yield from _figures(stack, options, f"GET / amid {WRITES} comments/s", page)
    settle(stack.port)


def queries(box: Sandbox, stack: Stack, posts: list[str]) -> Iterator[Figure]:
    counts = measure("counting", posts[0], environment=box.environment)
    for address, count in counts.items():
        # The goal is the pages'. Who is logged in is known by two more, of Django's own.
        goal = None if "default" in count or address.startswith("/api/") else PAGE_QUERIES
        note = ", ".join(f"{alias} {number}" for alias, number in count.items())
        yield Figure(QUERIES, address, stack.database, "", [sum(count.values())], goal, note)


def _figures(stack: Stack, options: Options, what: str, ask: Ask) -> Iterator[Figure]:
    load(stack.port, ask, 30, 2)  # what is done once is not measured
    alone = 0.0
    for clients in CLIENTS:
        requests, rounds = options.some(REQUESTS), max(3, options.rounds)
        loads = [load(stack.port, ask, requests, clients) for _ in range(rounds)]
        row = f"{what}, {clients} client{'s' if clients > 1 else ''}"
        took = [each for one in loads for each in one.milliseconds]
        yield Figure(LATENCY, row, stack.name, "ms", took)
        rate = Figure(RATE, row, stack.name, "/s", [one.rate for one in loads])
        note = f"{ratio(rate.median, alone)} of 1 client" if alone else ""
        alone = alone or rate.median
        yield Figure(**{**vars(rate), "note": note})
