"""``start``, ``stop`` and ``status``: the processes of a run, from another terminal."""

from collections.abc import Mapping
from threading import Event

import psutil
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from config.processes import ProcessError
from config.processes.layout import MODULES, SERVICES, SUBSCRIBERS, Layout, Program
from config.processes.paths import RunPaths, typed
from config.processes.supervisor import State, Supervisor, await_end, await_ready, is_ready

START_SECONDS = 60

COLOURS = {"running": "green", "stopped": "dim", "failing": "bold red"}
WORDS = {"FATAL": "failing", "BACKOFF": "failing"}
MIN_COLUMNS = 88  # of the table where it does not go to a terminal


def stop(service: str, environment: Mapping[str, str]) -> None:
    """Returns when no process of `service` is left. Raises ProcessError."""
    paths = RunPaths.of(environment)
    supervisor, programs, states = _look_at(paths, service)
    if not any(states[program.name].alive for program in programs):
        print(f"{service} is stopped already.")
        return
    supervisor.stop(service)
    await_end(programs, paths)
    print(f"{service} is stopped ({_names(programs)}). {typed('start', service)} starts it.")
    if not any(program.port for program in programs):
        print(f"Its pages and its API are still served by the process {MODULES!r}.")


def start(service: str, environment: Mapping[str, str]) -> None:
    """Returns when `service` is ready. Raises ProcessError."""
    paths = RunPaths.of(environment)
    supervisor, programs, states = _look_at(paths, service)
    ending = [program for program in programs if states[program.name].name == "STOPPING"]
    if ending:
        await_end(ending, paths)
    if ending or not all(states[program.name].alive for program in programs):
        supervisor.start(service)
    await_ready(programs, paths, Event().wait, START_SECONDS)
    print(f"{service} is running ({_names(programs)}).")


def status(environment: Mapping[str, str]) -> None:
    """Prints a table of the processes. Raises ProcessError where nothing runs."""
    paths = RunPaths.of(environment)
    supervisor = Supervisor(paths)
    plan, states = supervisor.layout(), supervisor.states()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, MIN_COLUMNS)
    console.print(_table(plan, states, paths))
    if plan.topology == "monolith":
        modules = " and ".join(service for service in SERVICES if service not in SUBSCRIBERS)
        console.print(f"{modules} has no process of its own: it is a module of {MODULES}.")


def _look_at(paths: RunPaths, service: str) -> tuple[Supervisor, list[Program], dict[str, State]]:
    """The processes of `service`, the states of all. Raises ProcessError where it has none."""
    supervisor = Supervisor(paths)
    if programs := supervisor.layout().of(service):
        return supervisor, programs, supervisor.states()
    raise ProcessError(
        f"{service} has no process of its own here: it is a module of the process {MODULES!r}. "
        f"{typed('run-services')} runs each service in its own processes"
    )


def _names(programs: list[Program]) -> str:
    return ", ".join(program.name for program in programs)


def _table(plan: Layout, states: Mapping[str, State], paths: RunPaths) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("service", "process", "state", "pid", "up", "memory", "address"):
        is_number = heading in ("pid", "up", "memory")
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    services = (MODULES, *SERVICES)
    for program in sorted(plan.programs, key=lambda each: services.index(each.service)):
        state = states[program.name]
        table.add_row(
            "all" if program.service == MODULES else program.service,
            "web" if program.port else "worker",
            _state(program, state, paths),
            str(state.pid) if state.alive else "",
            _duration(state.uptime) if state.alive else "",
            _memory(state.pid) if state.alive else "",
            program.address,
        )
    return table


def _state(program: Program, state: State, paths: RunPaths) -> str:
    word = WORDS.get(state.name, state.name.lower())
    if state.name in ("RUNNING", "STARTING"):
        word = "running" if is_ready(program, state, paths) else "starting"
    colour = COLOURS.get(word, "yellow")
    return f"[{colour}]{word}[/{colour}]"


def _duration(uptime: int) -> str:
    hours, minutes, seconds = uptime // 3600, uptime // 60 % 60, uptime % 60
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {seconds:02}s" if minutes else f"{seconds}s"


def _memory(pid: int) -> str:
    """The resident memory of a process and of each that it started, such as "62 + 58 MB". What
    they share is counted for each of them."""
    try:
        leader = psutil.Process(pid)
        processes = [leader, *leader.children(recursive=True)]
        sizes = [process.memory_info().rss for process in processes]
    except psutil.Error:  # one of them has ended
        return ""
    return " + ".join(f"{size / 1_000_000:.0f}" for size in sizes) + " MB"
