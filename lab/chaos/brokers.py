"""The brokers and their faults. Servers are the run's own: nobody else's is restarted."""

import os
import secrets
import shlex
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.processes.layout import HOST, Program
from config.processes.supervisor import tail
from lab.chaos.nemesis import FaultKind
from lab.errors import LabFailed
from lab.sandbox import Sandbox
from lab.stack import Process, free_port

# What Debian has in the PATH starts the machine's own node, and no other.
SEARCH_PATH = ("/usr/lib/rabbitmq/bin", os.environ.get("PATH", os.defpath), "/usr/sbin")
PROGRAMS = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}
START_TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.05
MALFORMED = (
    *(b"", b"{", b"\0\xff\xfe", b"[]"),
    *(b'{"body": 1}', b'{"properties": {"delivery_tag": 1}}'),
)


@contextmanager
def broker(name: str, box: Sandbox) -> Iterator[tuple[str, list[FaultKind]]]:
    """``file``, ``redis`` or ``rabbitmq``: empty, its files below the sandbox's folder. Its
    BROKER_URL, and its faults. Raises LabFailed."""
    if name == "file":
        yield "", FileBroker(box.var / "broker").fault_kinds()
        return
    port, options, environment = free_port(2), "", {}
    if name == "redis":  # without persistence: a restart loses all messages
        url, weight = f"redis://{HOST}:{port}/0", 0.6
        options = f"--port {port} --bind {HOST} --save '' --appendonly no"
    else:
        url, weight = f"amqp://guest:guest@{HOST}:{port}//", 0.4  # it takes seconds to start
        environment = _rabbitmq_environment(box.var / name, port)
    command = (find_program(name) or "", *shlex.split(options))
    program = Program(name, name, command, environment, port)
    process = _start(program, box)

    def restart(pick: float, seconds: float) -> bool:
        nonlocal process
        lived = not process.has_ended
        process.wait(0)
        time.sleep(seconds)
        process = _start(program, box)
        return lived

    try:
        yield url, [FaultKind("broker killed and restarted", weight, restart, lasts=True)]
    finally:
        process.wait(0)


def find_program(name: str) -> str | None:
    """The path of the server's program; None where this machine has none."""
    return shutil.which(PROGRAMS[name], path=os.pathsep.join(SEARCH_PATH))


def _rabbitmq_environment(folder: Path, port: int) -> dict[str, str]:
    """A node with a name, ports, a cookie and files of its own, and without plugins."""
    folder.mkdir()
    plugins = folder / "plugins"
    plugins.write_text("[].")
    return {
        "HOME": str(folder),  # where Erlang keeps its cookie
        "ERL_CRASH_DUMP": str(folder / "crash"),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": f"chaos-{secrets.token_hex(3)}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
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


def _start(program: Program, box: Sandbox) -> Process:
    """A process that listens on its port. Raises LabFailed."""
    process = Process(program, box, {**os.environ, **program.environment})
    end = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        with suppress(OSError), socket.create_connection((HOST, program.port or 0)):
            return process
        if process.has_ended or time.monotonic() > end:
            process.wait(0)
            log = tail(box.paths.log(program.name))
            raise LabFailed(f"{program.command[0]} did not start:\n{log}")
        time.sleep(POLL_SECONDS)


@dataclass(frozen=True)
class FileBroker:
    """The file-based broker, whose messages are in ``folder``."""

    folder: Path

    def fault_kinds(self) -> list[FaultKind]:
        return [
            FaultKind("broker's folder taken away", 0.4, self.take_away, lasts=True),
            FaultKind("broker's folder deleted", 0.4, self.delete),
            FaultKind("rubbish put into the broker", 0.4, self.put_malformed),
        ]

    def take_away(self, pick: float, seconds: float) -> bool:
        """Meanwhile a file stands in its place, so that nobody can create it again."""
        away = self.folder.with_name(f"{self.folder.name}-away")
        with suppress(FileNotFoundError):  # it has just been deleted
            self.folder.rename(away)
        while True:
            try:
                self.folder.open("x").close()
                break
            except FileExistsError:  # somebody was faster and created it again
                shutil.rmtree(self.folder, ignore_errors=True)
        time.sleep(seconds)
        self.folder.unlink()
        while away.exists():
            try:
                away.rename(self.folder)
            except OSError:
                shutil.rmtree(self.folder, ignore_errors=True)
        return True

    def delete(self, pick: float, seconds: float) -> bool:
        """With all messages. Who needs it creates it again."""
        existed = self.folder.is_dir()
        shutil.rmtree(self.folder, ignore_errors=True)
        return existed

    def put_malformed(self, pick: float, seconds: float) -> bool:
        """Puts something that is no message into a queue, as the next to be read."""
        queues = sorted(path for path in self.folder.glob("*") if path.is_dir())
        if not queues:
            return False
        number = int(pick * len(queues) * len(MALFORMED))
        queue, content = queues[number // len(MALFORMED)], MALFORMED[number % len(MALFORMED)]
        with suppress(OSError):  # it has just been deleted
            (queue / f"{time.time_ns():020}-0-{number:09}.json").write_bytes(content)
            return True
        return False
