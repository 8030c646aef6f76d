"""How much load it takes: requests that are due at a fixed rate, ever more of them, and how late
the responses are. Latency counts from when a request was due (no coordinated omission).

Each step offers the next rate to every target in turn, until it is saturated. The figure is the
highest rate whose 99th percentile is within ``LIMIT``, with the curve of all rates.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from lab.bench import original
from lab.bench.app import LIST, App
from lab.bench.figures import Figure, Point
from lab.bench.options import Options
from lab.bench.original import Original
from lab.bench.reads import POSTS, both
from lab.bench.writes import CONTENT
from lab.generator import Generator, Result, request

LIMIT = 100.0  # ms
AREA = f"Load at a fixed rate: the highest with a 99th percentile of at most {LIMIT:.0f} ms"
AXES = "offered, requests a second", "latency, ms"
FIRST, LAST, FACTOR = 10.0, 8_000.0, 1.5  # requests a second, and from one step to the next
SECONDS, QUICK_SECONDS = 3.0, 1.0
QUICK_FACTOR = 3.0
SATURATED = 1_000.0  # ms: what is offered more than this is only later
CONNECTIONS = 64
READ, READ_FRESH, PAGE, WRITE = (
    "list JSON, answers remembered",
    "list JSON, not remembered",
    "page /",
    "POST of a comment",
)


@dataclass
class Target:
    """``settle`` waits until what was offered is handled. ``results`` by rate."""

    what: str
    of: str
    side: App | Original
    messages: list[bytes]
    address: str
    results: dict[float, Result] = field(default_factory=dict)

    @property
    def is_saturated(self) -> bool:
        last = list(self.results.values())[-1:]
        return any(each.failed or each.latencies["99"] > SATURATED for each in last)

    @property
    def capacity(self) -> float:
        """The highest rate within the limit; 0 where the first is beyond it."""
        within = [
            rate
            for rate, found in self.results.items()
            if not found.failed and found.latencies["99"] <= LIMIT
        ]
        return max(within, default=0.0)

    def curve(self, percent: str) -> list[Point]:
        found = self.results.items()
        return [(rate, each.latencies[percent]) for rate, each in found if each.latencies]


def measure(options: Options) -> Iterator[Figure]:
    """On the embedded database and broker."""
    if "sqlite" not in options.databases:
        return
    with ExitStack() as stack:
        app, theirs, generator = both(stack, POSTS)
        targets = list(_targets(app, theirs))
        rate, factor = FIRST, options.pick(FACTOR, QUICK_FACTOR)
        while rate <= LAST:
            for target in targets:
                if not target.is_saturated:
                    _offer(target, rate, generator, options)
            rate *= factor
    best = {(target.what, target.of): target.capacity for target in targets}
    for target in targets:
        ours = target.of != original.NAME
        counterpart = WRITE if target.what == WRITE else READ
        rates = [best[counterpart, original.NAME]] if theirs and ours else []
        yield Figure(
            AREA,
            target.what,
            target.of,
            "/s",
            [target.capacity],
            theirs=rates if all(rates) else [],
            against=original.NAME,
            note=original.missing() if ours else "",
            curves={f"p{percent}": target.curve(percent) for percent in ("50", "99")},
            axes=AXES,
        )


def _offer(target: Target, rate: float, generator: Generator, options: Options) -> None:
    seconds = options.pick(SECONDS, QUICK_SECONDS)
    target.results[rate] = generator.open(
        target.messages, target.address, seconds, rate, CONNECTIONS
    )
    if target.what == WRITE:
        target.side.settle()


def _targets(app: App, theirs: Original | None) -> Iterator[Target]:
    body = {"author": "Ann", "content": CONTENT}
    for what, path, headers in (
        (READ, LIST, {}),
        (READ_FRESH, LIST, {"Cache-Control": "no-cache"}),
        (PAGE, "/", {}),
    ):
        message = request("GET", app.address + path, headers=headers)
        yield Target(what, app.name, app, [message], app.address)
    if theirs:
        url = theirs.urls["query"]
        message = request("GET", f"{url}/posts")
        yield Target(READ, original.NAME, theirs, [message], url)
    for side, name in ((app, app.name), (theirs, original.NAME)):
        if side:
            urls = [side.comments_url(side.create_post("A post")) for _ in range(POSTS)]
            address = urls[0].partition("/posts/")[0].removesuffix("/api")
            messages = [request("POST", url, body) for url in urls]
            yield Target(WRITE, name, side, messages, address)
