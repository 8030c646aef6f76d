"""supervisord, as we configure it and call it (a configuration file, XML-RPC over a unix socket);
waiting until what it runs is ready or has ended, and restarting what it has given up.
"""

import contextlib
import http.client
import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from configparser import RawConfigParser
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from xmlrpc.client import Fault, ServerProxy, Transport

from config.processes import ProcessError
from config.processes.layout import HOST, Layout, Program, layout
from config.processes.paths import RunPaths, typed

NOTHING_RUNS = f"nothing is running here: start it with {typed('run')} or {typed('run-services')}"

RESPONSE_TIMEOUT_SECONDS = 5
STOP_SECONDS = 10  # what a request or a batch of events may take to end
COMMON = Path(__file__).with_name("supervisord.conf")
HEALTH_TIMEOUT_SECONDS = 2
TAIL_LINES, TAIL_BYTES = 15, 8_000
STEP_SECONDS = 0.05
RESTART_SECONDS = 5.0  # between two attempts

Pause = Callable[[float], bool]  # waits so many seconds; True where the waiting is to end


@dataclass(frozen=True)
class State:
    """What supervisord reports of one process: ``name`` is its word for the state, such as RUNNING
    or FATAL; ``pid`` and ``uptime`` (seconds) are 0 where it does not run."""

    name: str
    pid: int
    uptime: int

    @property
    def alive(self) -> bool:
        return self.pid > 0

    @property
    def failed(self) -> bool:
        return self.name == "FATAL"


class Supervisor:
    """The supervisord at `paths`. Every method raises ProcessError where it does not respond; none
    waits until a process has started or ended."""

    def __init__(self, paths: RunPaths) -> None:
        self._socket = paths.socket

    def layout(self) -> Layout:
        """What it was started with."""
        topology, _, port = str(self._call("getIdentification")).partition(":")
        return layout("services" if topology == "services" else "monolith", int(port))

    def states(self) -> dict[str, State]:
        """Every process by its program's name."""
        states = {}
        for info in self._call("getAllProcessInfo"):
            uptime = max(0, info["now"] - info["start"]) if info["pid"] else 0
            states[info["name"]] = State(info["statename"], info["pid"], uptime)
        return states

    def start(self, service: str) -> None:
        self._call("startProcessGroup", service, False)

    def start_one(self, program: Program) -> None:
        self._call("startProcess", f"{program.service}:{program.name}", False)

    def stop(self, service: str) -> None:
        self._call("stopProcessGroup", service, False)

    def responds(self) -> bool:
        try:
            self._call("getState")
        except ProcessError:
            return False
        return True

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _UnixTransport(self._socket)
        try:
            with ServerProxy("http://localhost", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except Fault as fault:
            raise ProcessError(f"supervisor refused {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException) as error:
            raise ProcessError(NOTHING_RUNS) from error


class _UnixTransport(Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("localhost")
        self._connection = host, connection  # closed with this transport
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(RESPONSE_TIMEOUT_SECONDS)
        connection.sock.connect(str(self._path))
        return connection


def is_ready(program: Program, state: State, paths: RunPaths) -> bool:
    """Whether this very process has come so far. `state` is supervisord's report of it."""
    if program.port:
        return state.alive and responds(program.port)
    with contextlib.suppress(OSError):
        return state.alive and paths.ready(program.name).read_text() == str(state.pid)
    return False


def responds(port: int) -> bool:
    """Whether the web process on `port` reports that it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=HEALTH_TIMEOUT_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        # The lab's other programs do not know this address: a 404 is a response, too.
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    return False


def await_ready(programs: Iterable[Program], paths: RunPaths, pause: Pause, seconds: float) -> None:
    """Returns when all `programs` are ready. Raises ProcessError where one fails, or time is up."""
    supervisor, waiting = Supervisor(paths), list(programs)
    end = monotonic() + seconds
    while waiting and not pause(STEP_SECONDS):
        states: dict[str, State] = {}
        with contextlib.suppress(ProcessError):  # it has only just been started
            states = supervisor.states()
        for program in [each for each in waiting if each.name in states]:
            state = states[program.name]
            if state.failed:
                raise ProcessError(*failure(program.name, paths))
            if is_ready(program, state, paths):
                waiting.remove(program)
        if waiting and monotonic() > end:
            name, log = waiting[0].name, paths.log(waiting[0].name)
            message = f"{name} is not ready after {seconds:.0f} seconds: see {log}"
            raise ProcessError(message, tail(log))


def await_end(programs: Iterable[Program], paths: RunPaths) -> None:
    """Returns when none of `programs` has a process. Raises ProcessError when time is up."""
    supervisor, end = Supervisor(paths), monotonic() + STOP_SECONDS + 5
    while True:
        states = supervisor.states()
        alive = [program.name for program in programs if states[program.name].alive]
        if not alive:
            return
        if monotonic() > end:
            raise ProcessError(f"{alive[0]} does not end: see {paths.log(alive[0])}")
        sleep(STEP_SECONDS)


def failure(name: str, paths: RunPaths) -> tuple[str, str]:
    """The report of a process that keeps failing: a line, and the end of its log."""
    log = paths.log(name)
    return f"{name} keeps failing; the end of {log}:", tail(log)


def tail(log: Path) -> str:
    """The last lines of `log`, indented."""
    text = b""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        text = file.read()
    lines = text.decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


class Restarts:
    """supervisor gives a process up after three quick crashes; but the cause may pass, such as a
    database that is down. So it is reported once, and started again until it stays."""

    def __init__(self, plan: Layout, supervisor: Supervisor, paths: RunPaths) -> None:
        self._programs = {program.name: program for program in plan.programs}
        self._supervisor, self._paths = supervisor, paths
        self._due: dict[str, float] = {}

    def check(self, states: Mapping[str, State]) -> list[str]:
        """To be called every second or so with supervisord's report. Returns what to print."""
        now, messages = monotonic(), []
        for name, state in sorted(states.items()):
            if state.failed and name not in self._due:
                message, details = failure(name, self._paths)
                again = f"    (it is started again every {RESTART_SECONDS:.0f} seconds)"
                with contextlib.suppress(OSError):  # a full disk, where they go into a file
                    print(f"hindsight: {message}\n{details}\n{again}", file=sys.stderr, flush=True)
                self._due[name] = now + RESTART_SECONDS
            elif state.failed and now >= self._due[name]:
                self._due[name] = now + RESTART_SECONDS
                with contextlib.suppress(ProcessError):  # supervisor was faster, or it cannot start
                    self._supervisor.start_one(self._programs[name])
            elif name in self._due and state.name in ("RUNNING", "STOPPED"):
                del self._due[name]
                messages.append(f"{name} runs again." if state.alive else f"{name} is stopped.")
        return messages


def supervisor_config(plan: Layout, paths: RunPaths) -> str:
    """The configuration file, for a supervisord whose working folder is `paths.var`. Paths are
    relative to it: in them, supervisor would take " #" for a comment and trip over "%"."""
    parser = RawConfigParser()
    parser.read(COMMON)
    common = dict(parser["program"])
    parser.remove_section("program")
    near = paths.socket.is_relative_to(paths.var)
    socket_path = paths.socket.relative_to(paths.var) if near else paths.socket
    parser["unix_http_server"]["file"] = str(socket_path)
    parser["supervisord"]["identifier"] = f"{plan.topology}:{plan.port}"  # see Supervisor.layout
    if os.getuid() == 0:
        parser["supervisord"]["user"] = "root"
    for program in plan.programs:
        environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
        parser[f"program:{program.name}"] = {
            **common,
            "command": shlex.join(program.command).replace("%", "%%"),
            "environment": environment.replace("%", "%%"),
            "stdout_logfile": f"log/{program.name}.log",
            "stopwaitsecs": str(STOP_SECONDS),
        }
        members = ",".join(member.name for member in plan.of(program.service))
        parser[f"group:{program.service}"] = {"programs": members}
    text = StringIO()
    parser.write(text)
    return text.getvalue()
