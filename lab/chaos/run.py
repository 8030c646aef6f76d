"""One run on one stack: faults while clients work, a wait until all settles, then the checks."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from lab.bench.sandbox import Sandbox, sandbox
from lab.chaos.brokers import Broker, broker
from lab.chaos.checker import Anomaly, Finding, check, expect
from lab.chaos.client import Client
from lab.chaos.databases import databases_of
from lab.chaos.generator import Generator, StaffGenerator, working
from lab.chaos.history import History
from lab.chaos.nemesis import Nemesis, schedule
from lab.chaos.options import STACKS, Options
from lab.chaos.processes import KILLS, Processes
from lab.chaos.report import Result, keep_logs
from lab.chaos.stack import Stack, leftovers, running
from lab.chaos.state import Progress, await_settled, observe

PROGRESS_SECONDS = 5.0  # between two lines
MAX_SECONDS_PER_KILL = 5  # on average, before a run with --kills ends early

Print = Callable[[str], None]


def run(name: str, options: Options, print_line: Print) -> Result:
    """On the stack of this name. Raises Failed where something cannot be started."""
    database, broker_name = STACKS[name]
    with sandbox(database) as box:
        with broker(broker_name, box.var) as queues, running(box, queues.url) as stack:
            result = _run(name, options, box, queues, stack, print_line)
        orphans = leftovers(box.var)
        for process in orphans:
            process.kill()
        findings = [Finding(Anomaly.UNFINISHED, f"{each} still runs") for each in orphans]
        result = replace(result, findings=[*result.findings, *findings])
        if not result.passed:
            print_line(f"The logs are in {keep_logs(name, box.var)}")
    return result


def _run(
    name: str, options: Options, box: Sandbox, queues: Broker, stack: Stack, print_line: Print
) -> Result:
    databases, history = databases_of(box), History()
    processes = Processes(stack.places, databases)
    kinds = [*processes.fault_kinds(), *queues.fault_kinds, *databases.fault_kinds()]
    nemesis, start = Nemesis({kind.name: kind for kind in kinds}), time.monotonic()
    faults = schedule(options.seed, {kind.name: kind.weight for kind in kinds}, options.every)
    with working(_workers(options, box, stack, history)):
        nemesis.run(faults, _Limit(options, nemesis, history, print_line))
    progress, settled = await_settled(stack, nemesis.ended, options.timeout)
    print_line(_settled_line(stack, progress, settled, options.timeout))
    state, operations = observe(stack, progress), history.operations()
    expected = expect(operations, state.log)
    return Result(
        stack=name,
        seconds=nemesis.ended - start,
        injected=dict(nemesis.injected),
        missed=dict(nemesis.missed),
        history=operations,
        in_log=dict(Counter(each.completion for each in operations if expected.times(each))),
        events=len(state.log),
        settled=settled,
        findings=check(operations, state),
    )


def _workers(
    options: Options, box: Sandbox, stack: Stack, history: History
) -> list[tuple[Generator, Client]]:
    staff = Client(stack.addresses).log_in(box.environment["ADMIN_PASSWORD"])
    workers: list[tuple[Generator, Client]] = [
        (StaffGenerator("editor", options.seed, history), staff)
    ]
    for number in range(1, options.writers + 1):
        generator = Generator(f"writer {number}, operation", options.seed + number, history)
        workers.append((generator, Client(stack.addresses)))
    return workers


class _Limit:
    """Called after each fault: whether the run is long enough. Prints the progress."""

    def __init__(
        self, options: Options, nemesis: Nemesis, history: History, print_line: Print
    ) -> None:
        self._options, self._nemesis, self._history = options, nemesis, history
        self._print_line = print_line
        self._start = self._last_line = time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        seconds, kills = now - self._start, sum(self._nemesis.injected[kind] for kind in KILLS)
        if now - self._last_line > PROGRESS_SECONDS:
            self._last_line = now
            self._print_line(
                f"{seconds:.0f} s: {self._nemesis.injected.total()} faults, {kills} of them "
                f"processes killed; {len(self._history.operations())} operations"
            )
        if limit := self._options.kills:
            return kills >= limit or seconds > limit * MAX_SECONDS_PER_KILL
        return seconds > self._options.seconds


def _settled_line(stack: Stack, progress: Progress, seconds: float | None, timeout: float) -> str:
    if seconds is not None:
        return f"Settled {seconds:.1f} s after the last fault."
    down = ", ".join(stack.not_ready()) or "none"
    return (
        f"Not settled within {timeout:.0f} s of the last fault. Processes that are not up: {down}. "
        f"{progress}"
    )
