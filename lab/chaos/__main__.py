"""``python -m lab.chaos [--seconds N | --kills N] [--on STACK] [--seed S]``

Exit codes: 0 nothing lost, nothing double, all at rest; 1 the opposite, or a stack that could not
be started; 2 wrong usage; 130 stopped.
"""

import os
import sys
import time
from functools import partial
from typing import Any

from rich.console import Console

from lab.bench import machine, servers, terminal
from lab.bench.children import Failed
from lab.bench.terminal import stop_on_sigterm
from lab.chaos import brokers
from lab.chaos.options import STACKS, Options, options
from lab.chaos.record import record
from lab.chaos.report import show
from lab.chaos.result import Result
from lab.chaos.run import run


def main() -> int:
    stop_on_sigterm()
    given, console = options(), terminal.console()
    about: dict[str, Any] = {
        "command": " ".join(["python -m lab.chaos", *sys.argv[1:]]),
        "commit": machine.commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine.machine(),
        "seed": given.seed,
    }
    console.print(
        f"[bold]{about['command']}[/bold] at commit {about['commit']}, seed {given.seed}\n"
        f"{about['machine']['processor']}, {about['machine']['cores']} cores, "
        f"{about['machine']['system']}, load {about['machine']['load_before']:.1f}"
    )
    missing = {name: lacks for name in given.stacks if (lacks := _lacks(name))}
    for name, lacks in missing.items():
        console.print(f"{name} is left out: {lacks}", style="yellow", markup=False)
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        console.print("REQUIRE_SERVICES=1 is set, so that is a failure.", style="red")
        return 1
    return _run(console, given, about, [name for name in given.stacks if name not in missing])


def _run(console: Console, given: Options, about: dict[str, Any], stacks: list[str]) -> int:
    results: list[Result] = []
    code = 0
    for stack in stacks:
        try:
            results.append(run(stack, given, partial(_tell, console, stack)))
        except Failed as error:
            console.print(f"{stack}: {error}", style="red", markup=False)
            code = 1
        except KeyboardInterrupt:
            console.print("Stopped.")
            code = 130
            break
    if results:
        show(console, results)
        console.print(f"All writes, and how each was answered, are in {record(about, results)}")
    return code or int(not all(result.good for result in results))


def _tell(console: Console, stack: str, said: str) -> None:
    console.print(f"{stack}: {said}", style="dim", markup=False)


def _lacks(stack: str) -> str:
    """What this machine lacks for it; empty where it has all."""
    database, broker = STACKS[stack]
    if database != "sqlite" and not servers.answers(database):
        return f"no {database} answers at {servers.url(database)}"
    if broker in brokers.PROGRAMS and not brokers.program(broker):
        return f"there is no {brokers.PROGRAMS[broker]} on this machine to start and to kill"
    return ""


if __name__ == "__main__":
    sys.exit(main())
