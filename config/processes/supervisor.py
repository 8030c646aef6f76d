"""supervisord, as we configure it and call it: a configuration file, XML-RPC over a unix socket."""

import http.client
import os
import shlex
import socket
from collections.abc import Mapping
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

SUPERVISORD = {
    "logfile_maxbytes": "1MB",
    "logfile_backups": "1",
    "silent": "true",
    "nocleanup": "true",
    # The defaults are for a server with many children, and refuse a small container.
    "minfds": "256",
    "minprocs": "1",
}

PROGRAM = {
    "autostart": "true",
    "autorestart": "true",
    # A process that lives shorter than this has failed to start. Three in a row are FATAL:
    # see Restarts in readiness.py.
    "startsecs": "3",
    "startretries": "2",
    # On TERM, Celery and granian finish their current work, then end their children.
    # Celery's child would die of it in the middle of a task, so only the parent gets it.
    "stopsignal": "TERM",
    "stopasgroup": "false",
    "stopwaitsecs": str(STOP_SECONDS),
    "killasgroup": "true",
    "redirect_stderr": "true",
    "stdout_logfile_maxbytes": "5MB",
    "stdout_logfile_backups": "2",
}


@dataclass(frozen=True)
class State:
    """What supervisord reports of one process: ``name`` is its word for the state, such as RUNNING
    or FATAL; ``pid`` and ``uptime`` (seconds) are 0 where it does not run."""

    program: str
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
                program=info["name"],
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
    """The text of the configuration file, for a supervisord whose working folder is `paths.var`.

    Paths are relative to it: in them, supervisor would take " #" for a comment and trip over "%".
    """
    in_run = paths.socket.parent == paths.run
    socket_path = f"run/{paths.socket.name}" if in_run else str(paths.socket)
    sections: dict[str, Mapping[str, str]] = {
        "unix_http_server": {"file": socket_path, "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        "supervisord": {
            "identifier": f"{plan.topology}:{plan.port}",  # read by Supervisor.layout
            "logfile": "log/supervisord.log",
            "pidfile": "run/supervisord.pid",
            **SUPERVISORD,
            **({"user": "root"} if os.getuid() == 0 else {}),
        },
    }
    for program in plan.programs:
        environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
        sections[f"program:{program.name}"] = {
            "command": shlex.join(program.command).replace("%", "%%"),
            "environment": environment.replace("%", "%%"),
            "stdout_logfile": f"log/{program.name}.log",
            **PROGRAM,
        }
    for service in dict.fromkeys(program.service for program in plan.programs):
        members = [program.name for program in plan.of(service)]
        sections[f"group:{service}"] = {"programs": ",".join(members)}
    parser = RawConfigParser()
    parser.read_dict(sections)
    text = StringIO()
    parser.write(text)
    return text.getvalue()
