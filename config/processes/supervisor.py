"""supervisord, as we configure it and call it: a configuration file, XML-RPC over a unix socket."""

import http.client
import os
import shlex
import socket
from configparser import RawConfigParser
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy, Transport

from config.processes import ProcessError
from config.processes.layout import Layout, Program, layout
from config.processes.paths import RunPaths

NOTHING_RUNS = "nothing is running here: start it with make run or make run-services"

RESPONSE_TIMEOUT_SECONDS = 5
STOP_SECONDS = 10  # what a request or a batch of events may take to end
COMMON = Path(__file__).with_name("supervisord.conf")


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
        return {
            info["name"]: State(
                name=info["statename"],
                pid=info["pid"],
                uptime=max(0, info["now"] - info["start"]) if info["pid"] else 0,
            )
            for info in self._call("getAllProcessInfo")
        }

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
