"""``python -m lab.chaos [--seconds N | --kills N] [--on STACK] [--seed S]``

Exit codes: 0 nothing lost, nothing duplicated, all settled; 1 otherwise, or a stack could not be
started; 2 wrong usage; 130 interrupted.
"""

import argparse
import os
import secrets
import sys
import time
from functools import partial
from typing import Any

from rich.console import Console

from lab import servers
from lab.chaos import brokers
from lab.chaos.report import Result, show
from lab.chaos.run import STACKS, Options, run
from lab.errors import LabFailed
from lab.machine import commit, machine
from lab.terminal import console as terminal_console
from lab.terminal import record, stop_on_sigterm


def main() -> int:
    stop_on_sigterm()
    options, console = parse_options(), terminal_console()
    about: dict[str, Any] = {
        "command": " ".join(["python -m lab.chaos", *sys.argv[1:]]),
        "commit": commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine(),
        "seed": options.seed,
    }
    console.print(
        f"[bold]{about['command']}[/bold] at commit {about['commit']}, seed {options.seed}\n"
        "{processor}, {cores} cores, {system}, load {load}".format(**about["machine"])
    )
    stacks = [name for name in options.stacks if not _is_skipped(console, name)]
    if len(stacks) < len(options.stacks) and os.environ.get("REQUIRE_SERVICES") == "1":
        console.print("REQUIRE_SERVICES=1 makes that a failure.", style="red")
        return 1
    code, results = _run(console, options, stacks)
    if results:
        show(console, results)
        path = record("chaos", {**about, "runs": [result.as_dict() for result in results]})
        console.print(f"The history of the operations is in {path}")
    return code or int(not all(result.passed for result in results))


def parse_options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab.chaos")
    add, until = parser.add_argument, parser.add_mutually_exclusive_group()
    until.add_argument("--seconds", type=float, default=60.0, help="of faults, on each stack (60)")
    until.add_argument("--kills", type=int, default=0, help="or until so many processes are killed")
    add("--on", choices=STACKS, action="append", help="one stack, not all (may be repeated)")
    add("--seed", type=int, help="of the schedule (default: another each time)")
    add("--writers", type=int, default=3, help="in addition to the staff's one (3)")
    add("--every", type=float, default=1.5, help="seconds between faults (1.5)")
    add("--timeout", "--patience", type=float, default=90.0, help="seconds to settle in (90)")
    parsed = vars(parser.parse_args(arguments))
    if min(parsed["seconds"], parsed["every"], parsed["timeout"]) <= 0:
        parser.error("--seconds, --every and --timeout must be more than 0")
    if min(parsed["kills"], parsed["writers"]) < 0:
        parser.error("--kills and --writers must not be negative")
    stacks, seed = tuple(parsed.pop("on") or STACKS), parsed.pop("seed")
    return Options(stacks, seed=secrets.randbelow(10_000) if seed is None else seed, **parsed)


def _run(console: Console, options: Options, stacks: list[str]) -> tuple[int, list[Result]]:
    """The exit code, and the results of the stacks that could be started."""
    code, results = 0, []
    for stack in stacks:
        try:
            results.append(run(stack, options, partial(_print, console, "dim", stack)))
        except LabFailed as error:
            _print(console, "red", stack, str(error))
            code = 1
        except KeyboardInterrupt:
            console.print("Interrupted.")
            return 130, results
    return code, results


def _print(console: Console, style: str, stack: str, line: str) -> None:
    console.print(f"{stack}: {line}", style=style, markup=False)


def _is_skipped(console: Console, stack: str) -> bool:
    """Whether this machine lacks what the stack needs."""
    database, broker = STACKS[stack]
    if database != "sqlite" and not servers.find(database):
        lacks = f"no {database} at {servers.address(database)}"
    elif broker in brokers.PROGRAMS and not brokers.find_program(broker):
        lacks = f"the program {brokers.PROGRAMS[broker]} is not on this machine"
    else:
        return False
    console.print(f"{stack} is skipped: {lacks}", style="yellow", markup=False)
    return True


if __name__ == "__main__":
    sys.exit(main())
