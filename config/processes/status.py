"""``status``: a table of the processes."""

import subprocess
from collections import defaultdict
from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from config.processes.client import State, Supervisor
from config.processes.layout import LISTENING, MODULES, SERVICES, Layout, Program
from config.processes.places import Places
from config.processes.ready import is_ready

COLOURS = {"running": "green", "stopped": "dim", "failing": "bold red"}
WORDS = {"FATAL": "failing", "BACKOFF": "failing"}
NARROWEST = 88  # columns of the table where it is not a terminal that it goes to

Memory = Mapping[int, list[int]]


def status(environment: Mapping[str, str]) -> None:
    """Prints the table. Raises Problem where nothing runs."""
    places = Places.of(environment)
    supervisor = Supervisor(places)
    plan, states = supervisor.layout(), supervisor.states()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, NARROWEST)
    console.print(_table(plan, states, places, memory_of_groups()))
    if plan.topology == "monolith":
        modules = " and ".join(service for service in SERVICES if service not in LISTENING)
        console.print(f"{modules} has no process of its own: it is a module of {MODULES}.")


def memory_of_groups() -> dict[int, list[int]]:
    """The resident bytes of each process of each process group, by the group leader's id.

    Empty where there is no ``ps``. A page that processes share is counted for each of them.
    """
    command = ["ps", "-A", "-o", "pgid=,rss="]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return {}
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for line in listing.splitlines():
        group, kilobytes = line.split()
        groups[int(group)].append(int(kilobytes) * 1024)
    return dict(groups)


def _table(plan: Layout, states: Mapping[str, State], places: Places, memory: Memory) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("service", "process", "state"):
        table.add_column(heading, no_wrap=True)
    for heading in ("pid", "up", "memory"):
        if memory or heading != "memory":
            table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("address", no_wrap=True)
    services = (MODULES, *SERVICES)
    for program in sorted(plan.programs, key=lambda each: services.index(each.service)):
        state = states[program.name]
        table.add_row(
            "all" if program.service == MODULES else program.service,
            "web" if program.port else "worker",
            _state(program, state, places),
            str(state.pid) if state.alive else "",
            _duration(state),
            *([_megabytes(memory.get(state.pid, []) if state.alive else [])] if memory else []),
            program.address,
        )
    return table


def _state(program: Program, state: State, places: Places) -> str:
    if state.name in ("RUNNING", "STARTING"):
        word = "running" if is_ready(program, state, places) else "starting"
    else:
        word = WORDS.get(state.name, state.name.lower())
    colour = COLOURS.get(word, "yellow")
    return f"[{colour}]{word}[/{colour}]"


def _duration(state: State) -> str:
    if not state.alive:
        return ""
    minutes, seconds = divmod(state.uptime, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {seconds:02}s" if minutes else f"{seconds}s"


def _megabytes(processes: list[int]) -> str:
    """Of each process on its own: "62 + 58 MB"."""
    figures = " + ".join(f"{size / 1_000_000:.0f}" for size in processes)
    return f"{figures} MB" if figures else ""
