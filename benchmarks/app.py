"""The running app over HTTP: latency and requests per second of pages and API."""

from collections.abc import Iterator

from benchmarks.children import measure
from benchmarks.figures import Figure, ratio
from benchmarks.goals import PAGE_QUERIES
from benchmarks.load import Ask, Client, load
from benchmarks.options import Options
from benchmarks.sandbox import Sandbox
from benchmarks.stack import Stack
from benchmarks.status import settle

LATENCY = "Latency over HTTP"
RATE = "Requests per second"
QUERIES = "SQL queries of a page"
CLIENTS = (1, 8)
REQUESTS = 300  # of a round
TEXT = "A comment of some length that no rule of moderation has anything to say about."


def http(stack: Stack, options: Options, posts: list[str]) -> Iterator[Figure]:
    for what, ask in _requests(posts).items():
        alone = 0.0
        load(stack.port, ask, 30, 2)
        for clients in CLIENTS:
            requests = options.some(REQUESTS)
            rounds = [
                load(stack.port, ask, requests, clients) for _ in range(max(3, options.rounds))
            ]
            row = f"{what}, {clients} client{'s' if clients > 1 else ''}"
            took = [each for round_ in rounds for each in round_.milliseconds]
            yield Figure(LATENCY, row, stack.name, "ms", took)
            rate = Figure(RATE, row, stack.name, "/s", [round_.rate for round_ in rounds])
            note = f"{ratio(rate.median, alone)} of 1 client" if alone else ""
            alone = alone or rate.median
            yield Figure(**{**vars(rate), "note": note})
        settle(stack.port)


def queries(box: Sandbox, stack: Stack, posts: list[str]) -> Iterator[Figure]:
    counts = measure("counting", posts[0], environment=box.environment)
    for address, count in counts.items():
        # The goal is the pages'; the API has none.
        goal = None if address.startswith("/api/") else PAGE_QUERIES
        yield Figure(QUERIES, address, stack.database, "queries", [count], goal)


def _requests(posts: list[str]) -> dict[str, Ask]:
    def comment(client: Client, number: int) -> None:
        path = f"/api/posts/{posts[number % len(posts)]}/comments/"
        client.post(path, {"author": "Ann", "content": TEXT})

    return {
        "GET /": lambda client, _: client.get("/"),
        "GET /posts/<id>/": lambda client, n: client.get(f"/posts/{posts[n % len(posts)]}/"),
        "GET /api/query/posts/": lambda client, _: client.get("/api/query/posts/"),
        "POST comment": comment,
    }
