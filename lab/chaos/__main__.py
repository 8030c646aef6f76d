"""``python -m lab.chaos [--seconds N | --kills N] [--on STACK] [--seed S]``

Exit codes: 0 nothing lost, nothing duplicated, all settled; 1 otherwise, or a stack could not be
started; 2 wrong usage; 130 interrupted.
"""

import os
import secrets
import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from math import inf

from rich.console import Console

from config.processes.layout import layout
from lab import own_servers, records
from lab.cable import Cable
from lab.chaos import clock, places
from lab.chaos.brokers import broker
from lab.chaos.checker import Anomaly, Expected, Finding, check
from lab.chaos.client import STAFF, Client, working
from lab.chaos.faults import KILLS, Faults
from lab.chaos.history import History
from lab.chaos.nemesis import FaultKind, Nemesis, schedule
from lab.chaos.report import Result, show
from lab.chaos.rollback import Rollback
from lab.chaos.state import observe
from lab.disk import can_mount, small_disk
from lab.errors import LabFailed
from lab.http import login
from lab.own_brokers import PROGRAMS, find_program
from lab.records import VAR, timestamp
from lab.sandbox import Sandbox, sandbox
from lab.stack import Run, processes_in

STACKS = {
    "embedded": ("sqlite", "file"),
    "postgresql+rabbitmq": ("postgresql", "rabbitmq"),
    "postgresql+redis": ("postgresql", "redis"),
}
"""By name: the database and the broker."""
SETTINGS = "lab.chaos.settings"
PROGRESS_SECONDS = 5.0  # between two lines
DISK_MEGABYTES = 300  # for all files of a run
MAX_SECONDS_PER_KILL = 5  # on average, before a run with --kills ends early

Print = Callable[[str], None]


def main() -> int:
    records.stop_on_sigterm()
    options, console = parse_options(), records.console()
    about = records.about("lab.chaos") | {"seed": options.seed}
    records.introduce(console, about, f", seed {options.seed}")
    missing = {name: lack for name in options.on if (lack := _lack(name))}
    for name, lack in missing.items():
        console.print(f"{name} is skipped: {lack}", style="yellow", markup=False)
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        console.print("REQUIRE_SERVICES=1 makes that a failure.", style="red")
        return 1
    code, results = 0, []
    for name in [name for name in options.on if name not in missing]:
        try:
            results.append(run(name, options, partial(_print, console, "dim", name)))
        except LabFailed as error:
            _print(console, "red", name, str(error))
            code = 1
        except KeyboardInterrupt:
            console.print("Interrupted.")
            code = 130
            break
    if results:
        show(console, results)
        path = records.record("chaos", {**about, "runs": [result.as_dict() for result in results]})
        console.print(f"The history of the operations is in {path}")
    return code or int(not all(result.passed for result in results))


def parse_options() -> Namespace:
    parser = ArgumentParser(prog="python -m lab.chaos")
    add, until = parser.add_argument, parser.add_mutually_exclusive_group()
    until.add_argument("--seconds", type=float, default=60.0, help="of faults, on each stack (60)")
    until.add_argument("--kills", type=int, default=0, help="or until so many processes are killed")
    add("--on", choices=STACKS, action="append", help="one stack, not all (may be repeated)")
    seed = secrets.randbelow(10_000)
    add("--seed", type=int, default=seed, help="of the schedule (default: another each time)")
    add("--writers", type=int, default=3, help="in addition to the staff's one (3)")
    add("--every", type=float, default=1.5, help="seconds between faults (1.5)")
    add("--timeout", "--patience", type=float, default=90.0, help="seconds to settle in (90)")
    options = parser.parse_args()
    if min(options.seconds, options.every, options.timeout) <= 0:
        parser.error("--seconds, --every and --timeout must be more than 0")
    if min(options.kills, options.writers) < 0:
        parser.error("--kills and --writers must not be negative")
    options.on = options.on or list(STACKS)
    return options


def run(name: str, options: Namespace, print_line: Print) -> Result:
    """On the stack of this name: faults while clients work, a wait until all settles, then the
    checks. Raises LabFailed where something cannot be started."""
    with _stack(name) as (box, blog, faults_below):
        plan, history, nemesis = layout("services", blog.port), History(), Nemesis()
        addresses, seed = {web.service: web.address for web in plan.webs}, options.seed
        admin = login(addresses["posts"], box.environment["ADMIN_PASSWORD"])
        clients = [Client(addresses, "editor", seed, admin, STAFF)]
        for number in range(1, options.writers + 1):
            clients += [Client(addresses, f"writer-{number}", seed + number)]
        breakable, rollback = Faults(box, plan), Rollback(box)
        faults = schedule(
            seed,
            [
                *breakable.kinds(),
                *clock.fault_kinds(box.var / "clock"),
                *rollback.kinds(),
                *faults_below,
            ],
            options.every,
        )
        start = time.monotonic()
        with working(clients, history):
            nemesis.run(faults, _limit(options, nemesis, history, print_line))
            end = time.monotonic()
        page, not_ready = addresses["query"], breakable.not_ready
        state, settled = observe(box, page, not_ready, end, options.timeout)
        if settled is None:
            print_line(
                f"Not settled within {options.timeout:.0f} s of the last fault. Processes that "
                f"are not up: {', '.join(not_ready()) or 'none'}. {state.progress}"
            )
        else:
            print_line(f"Settled {settled:.1f} s after the last fault.")
        blog.stop()
        findings = check(history, state, rollback.lost)
        for each in processes_in(box.var):
            findings.append(Finding(Anomaly.UNFINISHED, f"{each} still runs"))
        expected = Expected(history, state.log, rollback.lost)
        in_log = dict(Counter(each.completion for each in history if expected.times(each)))
        injected, missed = dict(nemesis.injected), dict(nemesis.missed)
        faulted, events = end - start, len(state.log)
        result = Result(name, faulted, injected, missed, history, in_log, events, settled, findings)
        if not result.passed:
            logs = shutil.copytree(box.paths.logs, VAR / "chaos" / f"{timestamp()}-{name}")
            print_line(f"The logs are in {logs}")
    return result


@contextmanager
def _stack(name: str) -> Iterator[tuple[Sandbox, Run, list[FaultKind]]]:
    """The blog, started on it in a sandbox, and the faults of what it stands on: disk, servers and
    network. Raises LabFailed."""
    database, broker_name = STACKS[name]
    faults: list[FaultKind] = []
    with ExitStack() as stack:
        url = ""
        if database != "sqlite":
            server = stack.enter_context(own_servers.own_postgresql())
            faults, url = [places.paused_database(server)], server.url
        box = stack.enter_context(sandbox(url, DJANGO_SETTINGS_MODULE=SETTINGS, SWEEP_INTERVAL="1"))
        if can_mount():
            disk = stack.enter_context(small_disk(box.var, DISK_MEGABYTES))
            box.paths.make()
            faults += [places.full_disk(disk)]
        box.prepare()
        broker_url, broker_faults = stack.enter_context(broker(broker_name, box))
        environment = {**box.environment, "BROKER_URL": broker_url}
        cables = []
        for variable in ("DATABASE_URL", "BROKER_URL"):
            if server_url := environment.get(variable):
                cables.append(stack.enter_context(Cable(server_url)))
                environment[variable] = cables[-1].through(server_url)
        if cables:
            faults += [places.silent_network(cables)]
        blog = stack.enter_context(Run("run-services", environment))
        yield box, blog, [*faults, *broker_faults]


def _limit(
    options: Namespace, nemesis: Nemesis, history: History, print_line: Print
) -> Callable[[], bool]:
    """To be called after each fault: whether the run is long enough. It prints the progress."""
    max_kills: float = options.kills or inf
    max_seconds: float = options.kills * MAX_SECONDS_PER_KILL or options.seconds
    start, last_line = time.monotonic(), 0.0

    def is_reached() -> bool:
        nonlocal last_line
        seconds = time.monotonic() - start
        kills = sum(nemesis.injected[kind] for kind in KILLS)
        if seconds - last_line > PROGRESS_SECONDS:
            last_line = seconds
            print_line(
                f"{seconds:.0f} s: {nemesis.injected.total()} faults, {kills} of them "
                f"processes killed; {len(history)} operations"
            )
        return kills >= max_kills or seconds > max_seconds

    return is_reached


def _print(console: Console, style: str, stack: str, line: str) -> None:
    console.print(f"{stack}: {line}", style=style, markup=False)


def _lack(stack: str) -> str:
    """What the stack needs and this machine has not; empty where that is nothing."""
    database, broker_name = STACKS[stack]
    if database != "sqlite" and not own_servers.is_installed("initdb", "postgres"):
        return "PostgreSQL is not on this machine"
    if broker_name in PROGRAMS and not find_program(broker_name):
        return f"the program {PROGRAMS[broker_name]} is not on this machine"
    return ""


if __name__ == "__main__":
    sys.exit(main())
