"""``python -m lab.chaos [--seconds N | --kills N] [--on STACK] [--seed S]``

Exit codes: 0 nothing lost, nothing duplicated, all settled; 1 otherwise, or a stack could not be
started; 2 wrong usage; 130 interrupted.
"""

import os
import sys
import time
from typing import Any

from rich.console import Console

from lab.bench import machine, servers, terminal
from lab.bench.children import Failed
from lab.bench.terminal import stop_on_sigterm
from lab.chaos import brokers
from lab.chaos.options import STACKS, Options, parse_options
from lab.chaos.report import Result, save, show
from lab.chaos.run import run


def main() -> int:
    stop_on_sigterm()
    options, console = parse_options(), terminal.console()
    about: dict[str, Any] = {
        "command": " ".join(["python -m lab.chaos", *sys.argv[1:]]),
        "commit": machine.commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine.machine(),
        "seed": options.seed,
    }
    console.print(
        f"[bold]{about['command']}[/bold] at commit {about['commit']}, seed {options.seed}\n"
        f"{about['machine']['processor']}, {about['machine']['cores']} cores, "
        f"{about['machine']['system']}, load {about['machine']['load_before']:.1f}"
    )
    missing = {name: lacks for name in options.stacks if (lacks := _lacks(name))}
    for name, lacks in missing.items():
        console.print(f"{name} is skipped: {lacks}", style="yellow", markup=False)
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        console.print("REQUIRE_SERVICES=1 makes that a failure.", style="red")
        return 1
    return _run(console, options, about, [name for name in options.stacks if name not in missing])


def _run(console: Console, options: Options, about: dict[str, Any], stacks: list[str]) -> int:
    results: list[Result] = []
    code = 0
    for stack in stacks:

        def print_line(line: str, stack: str = stack) -> None:
            console.print(f"{stack}: {line}", style="dim", markup=False)

        try:
            results.append(run(stack, options, print_line))
        except Failed as error:
            console.print(f"{stack}: {error}", style="red", markup=False)
            code = 1
        except KeyboardInterrupt:
            console.print("Interrupted.")
            code = 130
            break
    if results:
        show(console, results)
        console.print(f"The history of the operations is in {save(about, results)}")
    return code or int(not all(result.passed for result in results))


def _lacks(stack: str) -> str:
    """What the stack needs and this machine lacks; empty if nothing."""
    database, broker = STACKS[stack]
    if database != "sqlite" and not servers.answers(database):
        return f"no {database} at {servers.url(database)}"
    if broker in brokers.PROGRAMS and not brokers.find_program(broker):
        return f"the program {brokers.PROGRAMS[broker]} is not on this machine"
    return ""


if __name__ == "__main__":
    sys.exit(main())
