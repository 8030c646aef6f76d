"""``start`` and ``stop``: the real processes of one service, while the rest go on."""

from collections.abc import Mapping
from time import sleep

from config.processes.client import Supervisor
from config.processes.errors import Problem
from config.processes.layout import MODULES, Layout, Program
from config.processes.places import Places
from config.processes.supervisorconf import STOP_SECONDS
from config.processes.waiting import await_end, await_ready

START_SECONDS = 60


def stop(service: str, environment: Mapping[str, str]) -> None:
    """Returns when `service` has no process any more. Raises Problem."""
    places = Places.of(environment)
    supervisor = Supervisor(places)
    programs = _programs(supervisor, service)
    states = supervisor.states()
    if not any(states[program.name].alive for program in programs):
        print(f"{service} is stopped already.")
        return
    supervisor.stop(service)
    await_end(programs, places, _pause, STOP_SECONDS + 5)
    print(f"{service} is stopped ({_names(programs)}). make start SERVICE={service} starts it.")
    if not any(program.port for program in programs):
        print(f"What it shows on the web goes on being served by the process {MODULES!r}.")


def start(service: str, environment: Mapping[str, str]) -> None:
    """Returns when `service` answers and works again. Raises Problem."""
    places = Places.of(environment)
    supervisor = Supervisor(places)
    programs = _programs(supervisor, service)
    states = supervisor.states()
    stopped = [program for program in programs if not states[program.name].alive]
    ending = [program for program in programs if states[program.name].name == "STOPPING"]
    if ending:
        await_end(ending, places, _pause, STOP_SECONDS + 5)
    if stopped or ending:
        supervisor.start(service)
    await_ready(programs, places, _pause, START_SECONDS)
    print(f"{service} is running ({_names(programs)}).")


def _programs(supervisor: Supervisor, service: str) -> list[Program]:
    """The processes of `service`. Raises Problem where it has none of its own."""
    plan: Layout = supervisor.layout()
    if programs := plan.of(service):
        return programs
    raise Problem(
        f"{service} has no process of its own here: it is a module of the process {MODULES!r}. "
        "make run-services runs each service in its own processes"
    )


def _names(programs: list[Program]) -> str:
    return ", ".join(program.name for program in programs)


def _pause(seconds: float) -> bool:
    sleep(seconds)
    return False
