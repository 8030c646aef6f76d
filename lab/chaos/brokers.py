"""The brokers and their faults. Servers are the run's own: nobody else's is restarted."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from lab.chaos.nemesis import FaultKind
from lab.errors import LabFailed
from lab.stack import free_port

HOST = "127.0.0.1"
# What Debian has in the PATH starts the machine's own node, and no other.
SEARCH_PATH = ("/usr/lib/rabbitmq/bin", os.environ.get("PATH", os.defpath), "/usr/sbin")
PROGRAMS = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}
WEIGHTS = {"redis": 0.6, "rabbitmq": 0.4}  # RabbitMQ takes seconds to start
START_TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.05
MALFORMED = (
    b"",
    b"{",
    b"\0\xff\xfe",
    b"[]",
    b'{"body": 1}',
    b'{"properties": {"delivery_tag": 1}}',
)


@contextmanager
def broker(name: str, var: Path) -> Iterator["FileBroker | Server"]:
    """``file``, ``redis`` or ``rabbitmq``: empty, its files below ``var``. Raises LabFailed."""
    if name == "file":
        yield FileBroker(var / "broker")
        return
    folder = var / name
    folder.mkdir()
    server = (_redis if name == "redis" else _rabbitmq)(folder, free_port(2))
    server.start()
    try:
        yield server
    finally:
        server.kill()


def find_program(name: str) -> str | None:
    """The path of the server's program; None where this machine has none."""
    return shutil.which(PROGRAMS[name], path=os.pathsep.join(SEARCH_PATH))


def _redis(folder: Path, port: int) -> "Server":
    """Without persistence: a restart loses all messages."""
    options = ("--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no")
    return Server("redis", f"redis://{HOST}:{port}/0", folder, options)


def _rabbitmq(folder: Path, port: int) -> "Server":
    """A node with a name, ports, a cookie and files of its own, and without plugins."""
    plugins = folder / "plugins"
    plugins.write_text("[].")
    environment = {
        "HOME": str(folder),  # where Erlang keeps its cookie
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
    url = f"amqp://guest:guest@{HOST}:{port}//"
    return Server("rabbitmq", url, folder, environment=environment)


class Server:
    """A broker's program, which runs from ``start`` to ``kill``. ``url`` is BROKER_URL."""

    def __init__(
        self,
        name: str,
        url: str,
        folder: Path,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.url = name, url
        self._command, self._folder = (find_program(name) or "", *options), folder
        self._environment = {**os.environ, **(environment or {})}

    def fault_kinds(self) -> list[FaultKind]:
        weight = WEIGHTS[self.name]
        return [FaultKind("broker killed and restarted", weight, self.restart, lasts=True)]

    def start(self) -> None:
        """Returns when it listens. Raises LabFailed."""
        log = self._folder / "server.log"
        with log.open("a") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C is for us alone, and a kill for all of it
            )
        end = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._is_listening():
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise LabFailed(f"{self._command[0]} did not start:\n{log.read_text()[-2_000:]}")
            time.sleep(POLL_SECONDS)

    def kill(self) -> bool:
        """SIGKILL, to it and its children. Returns whether it lived until then."""
        lived = self._process.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return lived

    def restart(self, pick: float, seconds: float) -> bool:
        """Killed, and started again after so many seconds. Raises LabFailed."""
        lived = self.kill()
        time.sleep(seconds)
        self.start()
        return lived

    def _is_listening(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex((HOST, urlsplit(self.url).port or 0)) == 0


class FileBroker:
    """The file-based broker, whose messages are in ``folder``."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fault_kinds(self) -> list[FaultKind]:
        return [
            FaultKind("broker's folder taken away", 0.4, self.take_away, lasts=True),
            FaultKind("broker's folder deleted", 0.4, self.delete),
            FaultKind("rubbish put into the broker", 0.4, self.put_malformed),
        ]

    def take_away(self, pick: float, seconds: float) -> bool:
        """Meanwhile a file stands in its place, so that nobody can create it again."""
        away = self._folder.with_name(f"{self._folder.name}-away")
        with contextlib.suppress(FileNotFoundError):  # it has just been deleted
            self._folder.rename(away)
        while True:
            try:
                self._folder.open("x").close()
                break
            except FileExistsError:  # somebody was faster and created it again
                shutil.rmtree(self._folder, ignore_errors=True)
        time.sleep(seconds)
        self._folder.unlink()
        while away.exists():
            try:
                away.rename(self._folder)
            except OSError:
                shutil.rmtree(self._folder, ignore_errors=True)
        return True

    def delete(self, pick: float, seconds: float) -> bool:
        """With all messages. Who needs it creates it again."""
        existed = self._folder.is_dir()
        shutil.rmtree(self._folder, ignore_errors=True)
        return existed

    def put_malformed(self, pick: float, seconds: float) -> bool:
        """Puts something that is no message into a queue, as the next to be read."""
        queues = [path for path in sorted(self._folder.glob("*")) if path.is_dir()]
        if not queues:
            return False
        index = int(pick * len(queues) * len(MALFORMED))
        queue, content = queues[index // len(MALFORMED)], MALFORMED[index % len(MALFORMED)]
        try:
            (queue / f"{time.time_ns():020}-0-{index:09}.json").write_bytes(content)
        except OSError:  # it has just been deleted
            return False
        return True
