"""The second start of ``make run``, its memory and its idle CPU, against the original."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import psutil

from lab.bench import original
from lab.bench.app import App, running
from lab.bench.figures import Figure, Goal, in_rounds
from lab.bench.options import Options, prepared
from lab.bench.original import Original
from lab.sandbox import Sandbox
from lab.stack import Run

AREA = "Start and size, on the embedded database and broker"
IDLE_SECONDS, QUICK_IDLE_SECONDS = 20, 3
SETTLED_SECONDS, QUICK_SETTLED_SECONDS = 5, 2  # after the start, until nothing is left to do
MB = 1e6
START, MEMORY, IDLE = "second start, until GET / is answered", "memory, PSS of all", "idle CPU"
UNITS = {START: "s", MEMORY: "MB", IDLE: "% of a core"}
GOALS = {START: Goal(3, "most"), MEMORY: Goal(250, "most"), IDLE: Goal(1, "most")}


def measure(options: Options) -> Iterator[Figure]:
    if "sqlite" not in options.databases:
        return
    with prepared("sqlite") as box:
        # The run that is not counted is the first start.
        runs = {START: lambda: _start(box)}
        if not original.missing():
            runs[original.NAME] = lambda: _start_original(box)
        samples = in_rounds(runs, options.rounds)
        yield _figure(START, samples[START], samples.get(original.NAME, []))
        with ExitStack() as stack:
            app = stack.enter_context(running(box, "file"))
            sides: dict[str, App | Original] = {"": app}
            if not original.missing():
                sides[original.NAME] = stack.enter_context(Original(box.guard))
            time.sleep(options.pick(SETTLED_SECONDS, QUICK_SETTLED_SECONDS))
            sizes = {name: [memory(list(side.processes()))] for name, side in sides.items()}
            yield _figure(MEMORY, sizes[""], sizes.get(original.NAME, []))
            seconds = options.pick(IDLE_SECONDS, QUICK_IDLE_SECONDS)
            shares = {name: idle(list(side.processes()), seconds) for name, side in sides.items()}
            # Theirs is 0, which nothing is a multiple of.
            theirs = f"{original.NAME} {shares[original.NAME]:.2f}" if len(shares) > 1 else ""
            yield _figure(IDLE, [shares[""]], [], theirs)


def memory(processes: Sequence[psutil.Process]) -> float:
    """Megabytes of all together; a page that several share counts once."""
    every = [process.memory_full_info() for process in processes]
    return sum(getattr(each, "pss", each.rss) for each in every) / MB  # Linux alone has PSS


def idle(processes: Sequence[psutil.Process], seconds: float) -> float:
    """Percent of a core that all together use, while nothing happens."""
    before, began = processor_seconds(processes), time.monotonic()
    time.sleep(seconds)
    return (processor_seconds(processes) - before) / (time.monotonic() - began) * 100


def processor_seconds(processes: Sequence[psutil.Process]) -> float:
    """What all together have used since they began."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)  # user and system


def _start(box: Sandbox) -> float:
    began = time.monotonic()
    with Run("run", box.environment) as run:
        app = App(box.database, "file", run.address, run.process)
        with app.client:
            app.get("/")
            took = time.monotonic() - began
        run.stop()
    return took


def _start_original(box: Sandbox) -> float:
    began = time.monotonic()
    with Original(box.guard) as services:
        services.posts()
        return time.monotonic() - began


def _figure(what: str, ours: list[float], theirs: list[float], note: str = "") -> Figure:
    note, against = note or original.missing(), original.NAME
    return Figure(
        AREA, what, "sqlite + file", UNITS[what], ours, GOALS[what], note, theirs, against
    )
