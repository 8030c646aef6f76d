"""What readers ask for, over HTTP, in closed loops: against the in-memory original.

``make run`` and the five Express services hold the same posts and comments. Each round sends each
of the requests for a while, in another order; nothing is written meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from statistics import median

import psutil

from lab import data
from lab.bench import original
from lab.bench.app import LIST, App, running
from lab.bench.figures import Figure, Goal, Run, in_rounds, number
from lab.bench.options import INSIDE, Options, prepared
from lab.bench.original import Original
from lab.bench.start import processor_seconds
from lab.generator import CONNECTIONS, Generator, request

AREA = f"Reads, 20 posts with 10 comments each, {CONNECTIONS} connections"
ALL = "Reads, all posts with their comments in pages of 100"
POSTS, MANY_POSTS, QUICK_POSTS = 20, 1_000, 200
PAGE = 100
SECONDS, QUICK_SECONDS = 3, 1
WARM_UP_SECONDS = 0.3  # of each round

# What is requested, by its name in the report: path, headers, the ratio to be reached.
REMEMBERED, CURRENT = "list JSON, answers remembered", "list JSON, asked with the current ETag"
REQUESTS: dict[str, tuple[str, dict[str, str], float]] = {
    REMEMBERED: (LIST, {}, 1.5),
    CURRENT: (LIST, {}, 3),
    "list JSON, not remembered": (LIST, {"Cache-Control": "no-cache"}, 0.3),
    "page / (theirs: list JSON)": ("/", {}, 1),
}


class Meter:
    """Rates of a closed loop, and the processor time that each request takes of all processes of
    the server together: on a busy machine the rates suffer first."""

    def __init__(self, generator: Generator, seconds: float) -> None:
        self._generator, self._seconds = generator, seconds
        self._milliseconds: dict[str, list[float]] = defaultdict(list)

    def rate(
        self,
        name: str,
        requests: list[bytes],
        address: str,
        processes: Sequence[psutil.Process],
        each: int = 1,
    ) -> Run:
        """What measures once how often a second ``each`` requests are answered."""

        def run() -> float:
            before = processor_seconds(processes)
            loop = self._generator.closed
            result = loop(requests, address, self._seconds, CONNECTIONS, WARM_UP_SECONDS)
            worked, found = processor_seconds(processes) - before, result.expect_success()
            a_second = found.rate / each
            self._milliseconds[name].append(worked * 1_000 / (a_second * found.seconds))
            return a_second

        return run

    def milliseconds(self, name: str) -> str:
        """The median, to be shown."""
        return number(median(self._milliseconds[name]))


def measure(options: Options) -> Iterator[Figure]:
    """On the embedded database and broker, which most readers will start with."""
    if "sqlite" not in options.databases:
        return
    with ExitStack() as stack:
        app, theirs, generator = both(stack, POSTS)
        meter = Meter(generator, options.pick(SECONDS, QUICK_SECONDS))
        runs, etag = {}, app.get(LIST).headers["ETag"]
        for name, (path, headers, _) in REQUESTS.items():
            more = {"If-None-Match": etag} if name == CURRENT else {}
            message = request("GET", app.address + path, headers={**headers, **more})
            runs[name] = meter.rate(name, [message], app.address, list(app.processes()))
        runs |= _theirs(meter, theirs)
        samples = in_rounds(runs, options.rounds)
        for name, (_, _, bound) in REQUESTS.items():
            yield _figure(AREA, name, app, samples, Goal(bound, "least", "ratio"), meter)
    yield from _everything(options)


def _everything(options: Options) -> Iterator[Figure]:
    """Lists of all posts a second: ten requests of ours, one of theirs, one after the other."""
    posts = options.pick(MANY_POSTS, QUICK_POSTS)
    with ExitStack() as stack:
        app, theirs, generator = both(stack, posts)
        pages, path = [], f"{LIST}?limit={PAGE}"
        while path:
            pages.append(request("GET", app.address + path))
            path = (app.get(path).data["next"] or "").removeprefix(app.address)
        meter = Meter(generator, options.pick(SECONDS, QUICK_SECONDS))
        name = f"{posts:,} posts × 10, answers remembered"
        runs = {name: meter.rate(name, pages, app.address, list(app.processes()), len(pages))}
        samples = in_rounds(runs | _theirs(meter, theirs), options.rounds)
        yield _figure(ALL, name, app, samples, Goal(3, "least", "ratio"), meter)


def _theirs(meter: Meter, theirs: Original | None) -> dict[str, Run]:
    if not theirs:
        return {}
    url = theirs.urls["query"]
    requests = [request("GET", f"{url}/posts")]
    return {original.NAME: meter.rate(original.NAME, requests, url, theirs.processes())}


def both(stack: ExitStack, posts: int) -> tuple[App, Original | None, Generator]:
    """Both with the same blog; None where this machine cannot run the original."""
    box = stack.enter_context(prepared("sqlite"))
    box.run(INSIDE, "fill_blog", posts)
    theirs = None if original.missing() else stack.enter_context(Original(box.guard))
    if theirs:
        theirs.fill(data.even_blog(posts))
    app = stack.enter_context(running(box, "file"))
    return app, theirs, stack.enter_context(Generator())


def _figure(
    area: str, name: str, app: App, samples: dict[str, list[float]], goal: Goal, meter: Meter
) -> Figure:
    theirs = samples.get(original.NAME, [])
    note = f"{meter.milliseconds(name)} ms of CPU each, " + (
        f"theirs {meter.milliseconds(original.NAME)}" if theirs else original.missing()
    )
    return Figure(area, name, app.name, "/s", samples[name], goal, note, theirs, original.NAME)
