"""Talks to the running supervisord: XML-RPC over its unix socket."""

import http.client
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy, Transport

from config.processes.errors import Problem
from config.processes.layout import Layout, Program, layout
from config.processes.places import Places

NOTHING_RUNS = "nothing is running here: start it with make run or make run-services"

ANSWER_SECONDS = 5


@dataclass(frozen=True)
class State:
    """What supervisord says of one process.

    ``name`` is supervisor's word for its state, as RUNNING or FATAL; ``pid`` is 0 and ``uptime``
    (seconds) is 0 where it does not run.
    """

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
    """The supervisord at `places`. Every method raises Problem where none answers."""

    def __init__(self, places: Places) -> None:
        self._socket = places.socket

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
        """Asks for the processes of `service` and does not wait for them."""
        self._call("startProcessGroup", service, False)

    def start_one(self, program: Program) -> None:
        """Asks for one process alone and does not wait for it."""
        self._call("startProcess", f"{program.service}:{program.name}", False)

    def stop(self, service: str) -> None:
        """Asks the processes of `service` to end and does not wait for them."""
        self._call("stopProcessGroup", service, False)

    def answers(self) -> bool:
        try:
            self._call("getState")
        except Problem:
            return False
        return True

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _UnixTransport(self._socket)
        try:
            with ServerProxy("http://localhost", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except Fault as fault:
            raise Problem(f"supervisor refused {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException) as error:
            raise Problem(NOTHING_RUNS) from error


class _UnixTransport(Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection = host, connection  # to be closed with this
        return connection


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
