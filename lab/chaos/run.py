"""One run: faults while writers write, then peace, then a close look."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from lab.bench.sandbox import Sandbox, sandbox
from lab.chaos import databases
from lab.chaos.ambush import Ambush
from lab.chaos.blog import Blog, left, running
from lab.chaos.brokers import Broker, broker
from lab.chaos.check import Finding, Flaw, check
from lab.chaos.client import Client
from lab.chaos.expected import expected
from lab.chaos.injector import Injector
from lab.chaos.killer import KINDS, Killer
from lab.chaos.ledger import Ledger
from lab.chaos.looking import converge, look
from lab.chaos.options import STACKS, Options
from lab.chaos.progress import Progress
from lab.chaos.record import keep_logs
from lab.chaos.result import Result
from lab.chaos.schedule import schedule
from lab.chaos.writers import Editor, Writer, writing

TOLD = 5.0  # seconds between two lines about how it goes
SLOWEST = 5  # seconds that a kill may take on average, before it is enough without all of them

Tell = Callable[[str], None]


def run(stack: str, options: Options, tell: Tell) -> Result:
    """On one stack. Raises Failed where something cannot be started."""
    database, broker_name = STACKS[stack]
    with sandbox(database) as box:
        with broker(broker_name, box.var) as there, running(box, there.url) as blog:
            result = _run(stack, options, box, there, blog, tell)
        orphans = left(box.var)
        for process in orphans:
            process.kill()
        findings = [Finding(Flaw.UNDONE, f"{each} lives on") for each in orphans]
        result = replace(result, findings=[*result.findings, *findings])
        if not result.good:
            tell(f"The logs are in {keep_logs(stack, box.var)}")
    return result


def _run(
    stack: str, options: Options, box: Sandbox, there: Broker, blog: Blog, tell: Tell
) -> Result:
    killer, its = Killer(blog.places), databases.of(box)
    every = [*killer.hazards(), Ambush(killer, its).hazard(), *there.hazards, *its.hazards()]
    injector = Injector({hazard.kind: hazard for hazard in every})
    ledger, began = Ledger(), time.monotonic()
    weights = {hazard.kind: hazard.weight for hazard in every}
    with writing(_writers(options, box, blog, ledger)):
        faults = schedule(options.seed, weights, options.every)
        injector.inject(faults, _Enough(options, injector, ledger, tell))
    seconds = injector.last - began
    progress, converged = converge(blog, injector.last, options.patience)
    tell(_rest(blog, progress, converged, options.patience))
    seen, writes = look(blog, progress), ledger.writes()
    should = expected(writes, seen.log)
    return Result(
        stack=stack,
        seconds=seconds,
        injected=dict(injector.done),
        missed=dict(injector.missed),
        writes=writes,
        there=dict(Counter(write.answer for write in writes if should.times(write))),
        events=len(seen.log),
        converged=converged,
        findings=check(writes, seen),
    )


def _writers(options: Options, box: Sandbox, blog: Blog, ledger: Ledger) -> list[Writer]:
    staff = Client().as_staff(blog.addresses["posts"], box.environment["ADMIN_PASSWORD"])
    writers: list[Writer] = [Editor("Editor", options.seed, blog.addresses, ledger, staff)]
    for number in range(1, options.writers + 1):
        name, seed = f"Writer {number},", options.seed + number
        writers.append(Writer(name, seed, blog.addresses, ledger, Client()))
    return writers


class _Enough:
    """Asked after each fault whether it is enough; tells now and then how it goes."""

    def __init__(self, options: Options, injector: Injector, ledger: Ledger, tell: Tell) -> None:
        self._options, self._injector, self._ledger, self._tell = options, injector, ledger, tell
        self._began = self._told = time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        kills = sum(self._injector.done[kind] for kind in KINDS)
        if now - self._told > TOLD:
            self._told = now
            self._tell(
                f"{now - self._began:.0f} s: {self._injector.done.total()} faults, {kills} of them "
                f"processes killed; {len(self._ledger.writes())} writes"
            )
        if self._options.kills:
            longest = self._options.kills * SLOWEST
            return kills >= self._options.kills or now - self._began > longest
        return now - self._began > self._options.seconds


def _rest(blog: Blog, progress: Progress, seconds: float | None, patience: float) -> str:
    if seconds is None:
        down = ", ".join(blog.not_ready()) or "none"
        return (
            f"It has not come to rest within {patience:.0f} s of the last fault. Processes that "
            f"are not up: {down}. {progress}"
        )
    return f"It came to rest {seconds:.1f} s after the last fault."
