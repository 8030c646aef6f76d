"""One run on one stack: faults while clients work, a wait until all settles, then the checks."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.processes.layout import layout
from lab import servers
from lab.chaos import databases
from lab.chaos.brokers import broker
from lab.chaos.checker import Anomaly, Finding, check, expect
from lab.chaos.client import STAFF, Client, Generator, working
from lab.chaos.history import History
from lab.chaos.nemesis import FaultKind, Nemesis, schedule
from lab.chaos.processes import KILLS, Processes
from lab.chaos.report import Result, keep_logs
from lab.chaos.state import await_settled, observe
from lab.http import login
from lab.running import Run, processes_in
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox

STACKS = {
    "embedded": ("sqlite", "file"),
    "postgresql+rabbitmq": ("postgresql", "rabbitmq"),
    "postgresql+redis": ("postgresql", "redis"),
}
"""By name: the database and the broker."""
PROGRESS_SECONDS = 5.0  # between two lines
MAX_SECONDS_PER_KILL = 5  # on average, before a run with --kills ends early

Print = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """``kills``: processes to kill before the run ends; with 0, it ends after ``seconds``.
    ``every``: seconds between two faults, on average. ``timeout``: seconds to settle in."""

    stacks: tuple[str, ...]
    seconds: float
    kills: int
    seed: int
    writers: int
    every: float
    timeout: float


def run(name: str, options: Options, print_line: Print) -> Result:
    """On the stack of this name. Raises LabFailed where something cannot be started."""
    database, broker_name = STACKS[name]
    url = "" if database == "sqlite" else servers.find(database)
    with sandbox(url, DJANGO_SETTINGS_MODULE=BLOG_SETTINGS, SWEEP_INTERVAL="1") as box:
        box.prepare()
        with broker(broker_name, box) as (broker_url, broker_faults):
            environment = {**box.environment, "BROKER_URL": broker_url}
            with Run("run-services", environment) as blog:
                result = _run(name, options, box, blog, broker_faults, print_line)
        if not result.passed:
            print_line(f"The logs are in {keep_logs(name, box.paths.logs)}")
    return result


def _run(
    name: str,
    options: Options,
    box: Sandbox,
    blog: Run,
    broker_faults: Sequence[FaultKind],
    print_line: Print,
) -> Result:
    plan, history = layout("services", blog.port), History()
    addresses = {web.service: web.address for web in plan.webs}
    processes = Processes(box, plan)
    kinds = [*processes.fault_kinds(), *broker_faults, *databases.fault_kinds(box)]
    nemesis = Nemesis(kinds)
    faults = schedule(options.seed, {kind.name: kind.weight for kind in kinds}, options.every)
    admin = login(addresses["posts"], box.environment["ADMIN_PASSWORD"])
    editor = Generator("editor", options.seed, history, STAFF)
    workers = [(editor, Client(addresses, admin))]
    for number in range(1, options.writers + 1):
        writer = Generator(f"writer-{number}", options.seed + number, history)
        workers.append((writer, Client(addresses)))
    with working(workers):
        nemesis.run(faults, _Limit(options, nemesis, history, print_line).is_reached)
    progress, settled = await_settled(box, processes, nemesis.ended, options.timeout)
    if settled is None:
        print_line(
            f"Not settled within {options.timeout:.0f} s of the last fault. Processes that "
            f"are not up: {', '.join(processes.not_ready()) or 'none'}. {progress}"
        )
    else:
        print_line(f"Settled {settled:.1f} s after the last fault.")
    state, operations = observe(box, addresses["query"], progress), history.operations()
    blog.stop()
    orphans = [Finding(Anomaly.UNFINISHED, f"{each} still runs") for each in processes_in(box.var)]
    expected = expect(operations, state.log)
    return Result(
        stack=name,
        seconds=nemesis.ended - nemesis.started,
        injected=dict(nemesis.injected),
        missed=dict(nemesis.missed),
        history=operations,
        in_log=dict(Counter(each.completion for each in operations if expected.times(each))),
        events=len(state.log),
        settled=settled,
        findings=[*check(operations, state), *orphans],
    )


@dataclass
class _Limit:
    options: Options
    nemesis: Nemesis
    history: History
    print_line: Print
    start: float = field(default_factory=time.monotonic)
    last_line: float = 0.0

    def is_reached(self) -> bool:
        """Called after each fault: whether the run is long enough. Prints the progress."""
        now = time.monotonic()
        seconds, kills = now - self.start, sum(self.nemesis.injected[kind] for kind in KILLS)
        if seconds - self.last_line > PROGRESS_SECONDS:
            self.last_line = seconds
            self.print_line(
                f"{seconds:.0f} s: {self.nemesis.injected.total()} faults, {kills} of them "
                f"processes killed; {len(self.history.operations())} operations"
            )
        if limit := self.options.kills:
            return kills >= limit or seconds > limit * MAX_SECONDS_PER_KILL
        return seconds > self.options.seconds
