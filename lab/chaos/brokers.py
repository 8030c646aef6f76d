"""The brokers, each with what may happen to it. Servers are our own: nobody else's is restarted."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.chaos.faults import Hazard
from lab.chaos.filebroker import FileBroker
from lab.chaos.server import Server, accepts
from lab.programs import free_port

# What Debian has in the PATH starts the machine's own node, and no other.
PLACES = ("/usr/lib/rabbitmq/bin", os.environ.get("PATH", os.defpath), "/usr/sbin")
PROGRAMS = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}
WEIGHTS = {"redis": 0.6, "rabbitmq": 0.4}  # RabbitMQ takes seconds to start


@dataclass(frozen=True)
class Broker:
    """``url`` is BROKER_URL; empty for the embedded one."""

    url: str
    hazards: list[Hazard]


def program(name: str) -> str | None:
    """The server's program on this machine; None where there is none."""
    return shutil.which(PROGRAMS[name], path=os.pathsep.join(PLACES))


@contextmanager
def broker(name: str, var: Path) -> Iterator[Broker]:
    """``file``, ``redis`` or ``rabbitmq``, empty, with its files below ``var``. Raises Failed."""
    if name == "file":
        yield Broker("", FileBroker(var / "broker").hazards())
        return
    folder, port = var / name, free_port(2)
    folder.mkdir()
    start = _redis if name == "redis" else _rabbitmq
    server, url = start(folder, port)
    try:
        restart = Hazard("broker killed and restarted", WEIGHTS[name], server.restart, lasts=True)
        yield Broker(url, [restart])
    finally:
        server.kill()


def _redis(folder: Path, port: int) -> tuple[Server, str]:
    """It keeps nothing: what it holds is lost with it."""
    keep_nothing = ("--save", "", "--appendonly", "no")
    command = (program("redis") or "", "--port", str(port), "--bind", "127.0.0.1", *keep_nothing)
    return Server(command, folder, lambda: accepts(port)), f"redis://127.0.0.1:{port}/0"


def _rabbitmq(folder: Path, port: int) -> tuple[Server, str]:
    """A node with a name, ports, a cookie and files of its own, and without plugins."""
    plugins = folder / "plugins"
    plugins.write_text("[].")
    environment = {
        "HOME": str(folder),  # where Erlang keeps its cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"chaos-{secrets.token_hex(3)}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(port + 1),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none"
        ),
    }
    server = Server([program("rabbitmq") or ""], folder, lambda: accepts(port), environment)
    return server, f"amqp://guest:guest@127.0.0.1:{port}//"
