"""Processes that end in any case: a layout's in a sandbox (``Stack``), the whole blog (``Run``)."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Self, TextIO

import psutil

from config.processes import ProcessError
from config.processes.layout import HOST, Layout, Program, layout
from config.processes.paths import BASE, RunPaths
from config.processes.runner import process_environment
from config.processes.supervisor import State, Supervisor, is_ready, tail
from lab.errors import LabFailed, wait_until
from lab.sandbox import Sandbox

START_SECONDS, STOP_SECONDS, PAUSE_SECONDS = 60, 10, 10
RUN_START_SECONDS, RUN_STOP_SECONDS = 120, 20
RUNNING = "Ctrl+C stops everything."
NAME_VARIABLE = "SUPERVISOR_PROCESS_NAME"  # under this name a worker reports that it is ready
PORTS = 4  # run-services has a web process for each service
STILL = (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
READ_FROM = ("query", "posts", "comments")
# Web processes with all apps: one serves the monolith's ways, from the monolith's own tables; the
# other calls the services, or reads their databases.
ALL_APPS = ("monolith", "gateway")


class Process:
    """``program``, from its start on. It leads a process group of its own."""

    def __init__(self, program: Program, box: Sandbox, environment: Mapping[str, str]) -> None:
        self.program, self.box = program, box
        self._was_ready = False
        box.paths.ready(program.name).unlink(missing_ok=True)
        with box.paths.log(program.name).open("a") as log:
            environment = {**environment, NAME_VARIABLE: program.name}
            self._process = _start(program.command, environment, log)
        self.pid = self._process.pid
        box.guard.add(self.pid)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def await_ready(self) -> None:
        """Until it responds or, a worker, consumes. Raises LabFailed with the end of its log."""

        def is_ready_or_ended() -> bool:
            state = State("RUNNING", self.pid, 0)
            self._was_ready = is_ready(self.program, state, self.box.paths)
            return self._was_ready or self.has_ended

        def problem() -> str:
            log = tail(self.box.paths.log(self.program.name))
            return f"{self.program.name} did not start:\n{log}"

        wait_until(is_ready_or_ended, START_SECONDS, problem)
        if not self._was_ready:
            raise LabFailed(problem())

    def terminate(self) -> None:
        """It ends its children itself. One that is still starting is killed."""
        if self._was_ready:
            self._process.terminate()
        else:
            self.kill()

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """To it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def is_still(self) -> bool:
        """Whether it and its children are stopped, a while after the signal, or have ended."""
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            family = [self._process, *self._process.children(recursive=True)]
            return all(each.status() in STILL for each in family)
        return self.has_ended

    def wait(self, seconds: float) -> None:
        """Until it has ended, with all its children: after ``seconds`` they are killed."""
        with contextlib.suppress(psutil.TimeoutExpired):
            self._process.wait(max(0.0, seconds))
        self.kill()
        self._process.wait()
        self.box.guard.remove(self.pid)


class Stack(contextlib.AbstractContextManager["Stack"]):
    """The processes of ``plan``, which work in ``box``. As a context: they have ended afterwards.
    Methods take names of services (``posts``), which may have a web process and a worker; without
    names they apply to all. What is started or stopped already is left as it is."""

    def __init__(self, box: Sandbox, plan: Layout) -> None:
        self.box, self.plan = box, plan
        self._environment = process_environment(plan, box.paths, box.environment)
        self._running: dict[str, Process] = {}
        # ``http://127.0.0.1:8701`` of each service that has a web process
        self.addresses = {web.service: web.address for web in plan.webs}

    @property
    def leaders(self) -> dict[str, int]:
        """Process ids by program name; each process may have children."""
        return {name: process.pid for name, process in self._running.items()}

    def start(self, *services: str) -> None:
        """Returns when they are ready. Raises LabFailed where one does not start."""
        self.launch(*services)
        self.await_ready(*services)

    def launch(self, *services: str) -> None:
        """Starts them, and does not wait until they are ready."""
        for program in self.plan.programs:
            wanted = not services or program.service in services
            if wanted and program.name not in self._running:
                environment = {**self._environment, **program.environment}
                self._running[program.name] = Process(program, self.box, environment)

    def await_ready(self, *services: str) -> None:
        """Raises LabFailed where one does not start."""
        for process in self._processes(services):
            process.await_ready()

    def stop(self, *services: str) -> None:
        """Ends them as ``make stop`` does; returns when they have ended."""
        self._end(services, Process.terminate)

    def kill(self, *services: str) -> None:
        """Ends them at once, in the middle of their work: an outage."""
        self._end(services, Process.kill)

    def pause(self) -> None:
        """All processes, and their children, stand still until ``resume``. Raises LabFailed."""
        for process in self._running.values():
            process.send(signal.SIGSTOP)
        for process in self._running.values():
            problem = f"{process.program.name} does not stand still"
            wait_until(process.is_still, PAUSE_SECONDS, problem, step=0.002)

    def resume(self) -> None:
        for process in self._running.values():
            process.send(signal.SIGCONT)

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _end(self, services: tuple[str, ...], end: Callable[[Process], None]) -> None:
        """Those that do not end within ``STOP_SECONDS``, all together, are killed."""
        ending = self._processes(services)
        for process in ending:
            end(process)
        limit = time.monotonic() + STOP_SECONDS
        for process in ending:
            process.wait(limit - time.monotonic())
            del self._running[process.program.name]

    def _processes(self, services: tuple[str, ...]) -> list[Process]:
        running = self._running.values()
        return [each for each in running if not services or each.program.service in services]


class Run:
    """``python -m config.processes COMMAND`` (``run`` or ``run-services``) with ``VAR_DIR`` of
    ``environment``. As a context: it begins when everything is up, and ends what is left. Raises
    LabFailed where it does not start; with ``check=False`` the caller looks at ``output``."""

    def __init__(
        self, command: str, environment: Mapping[str, str], port: int = 0, check: bool = True
    ) -> None:
        self.command, self.port, self.check = command, port or free_port(PORTS), check
        self.environment = {**environment, "PYTHONUNBUFFERED": "1", "PORT": str(self.port)}
        self.address = f"http://127.0.0.1:{self.port}"
        self.var = Path(self.environment["VAR_DIR"])
        self._output = self.var / f"output-{self.port}"
        self.family: list[psutil.Process] = []

    def __enter__(self) -> Self:
        self.var.mkdir(parents=True, exist_ok=True)
        self._output.touch(0o600)  # it may have the administrator's password
        with self._output.open("w") as output:
            command = (sys.executable, "-m", "config.processes", self.command)
            self.process = _start(command, self.environment, output)
        try:
            wait_until(self._is_up_or_ended, RUN_START_SECONDS, self._problem, step=0.05)
            if self.check and RUNNING not in self.output:
                raise LabFailed(self._problem())
            self.family = self.descendants()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for process in {*self.family, *self.descendants(), self.process}:
            if process.is_running():
                process.kill()
        self.process.wait()

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return self._output.read_text()

    def stop(self) -> None:
        """As by ``kill``: it ends its processes itself, or after 20 seconds they do."""
        self.process.terminate()
        try:
            self.process.wait(RUN_STOP_SECONDS)
        except psutil.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def interrupt(self) -> int:
        """Ctrl+C: to all of the terminal's foreground group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return int(self.process.wait(RUN_START_SECONDS))

    def descendants(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return self.process.children(recursive=True)
        return []

    def processes_of(self, program: str) -> list[psutil.Process]:
        """Those that supervisor started under this name, with their children."""
        named = by_program(self.descendants(), self.var)
        return [process for process, name in named.items() if name == program]

    def _is_up_or_ended(self) -> bool:
        return RUNNING in self.output or self.process.poll() is not None

    def _problem(self) -> str:
        return f"the app did not start:\n{self.output[-2_000:]}"


def reading(port: int) -> Layout:
    """The web processes that a page is read from; no workers, nothing is written."""
    services = layout("services", port)
    webs = [web for web in services.webs if web.service in READ_FROM]
    after = port + len(services.webs)
    all_apps = [alone(name, after + number).webs[0] for number, name in enumerate(ALL_APPS)]
    return replace(services, programs=(*webs, *all_apps))


def alone(name: str, port: int) -> Layout:
    """One web process with all apps, and no other."""
    web = replace(layout("monolith", port).webs[0], name=name, service=name)
    return Layout("monolith", port, (web,))


def free_port(count: int = 8) -> int:
    """The first of so many free ports in a row. Raises LabFailed."""
    for _ in range(200):
        first = SystemRandom().randrange(21_000, 29_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            for port in range(first, first + count):
                opened.enter_context(socket.socket()).bind((HOST, port))
            return first
    raise LabFailed(f"there are no {count} free ports in a row between 21000 and 29000")


def by_program(processes: Iterable[psutil.Process], var: Path) -> dict[psutil.Process, str]:
    """Those of `processes` that belong to a program which supervisor runs in ``var``, and its name:
    each program leads a process group."""
    leaders = {}
    with contextlib.suppress(ProcessError):  # supervisor does not respond, or has ended
        states = Supervisor(RunPaths(var)).states()
        leaders = {state.pid: name for name, state in states.items() if state.alive}
    named = {}
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            if name := leaders.get(os.getpgid(process.pid)):
                named[process] = name
    return named


def processes_in(var: Path) -> list[psutil.Process]:
    """All processes that work in this folder."""
    everything = psutil.process_iter()
    return [each for each in everything if environment_of(each.pid).get("VAR_DIR") == str(var)]


def environment_of(pid: int) -> dict[str, str]:
    """With which a process was started; empty if the system does not give it."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).environ()
    return {}


def _start(command: Sequence[str], environment: Mapping[str, str], output: TextIO) -> psutil.Popen:
    return psutil.Popen(
        command,
        cwd=BASE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl+C is for us alone
    )
