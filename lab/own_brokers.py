"""Broker servers of our own, empty, which may be killed and paused: the machine's are others', too.

Their files are in the folder of a sandbox, and gone with it."""

import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil
from redis import Redis

from config.processes.layout import HOST, Program
from config.processes.supervisor import tail
from lab.errors import LabFailed, wait_until
from lab.sandbox import Sandbox
from lab.stack import Process, free_port

# What Debian has in the PATH starts the machine's own node, and no other.
SEARCH_PATH = ("/usr/lib/rabbitmq/bin", os.environ.get("PATH", os.defpath), "/usr/sbin")
PROGRAMS = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}
"""By the broker's name."""
START_TIMEOUT_SECONDS = 60
PAUSE_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.05


class OwnBroker(AbstractContextManager["OwnBroker"]):
    """``redis``, without persistence, or ``rabbitmq``, at ``url``; ``options`` are further ones of
    its command. Raises LabFailed where it does not start."""

    def __init__(self, name: str, box: Sandbox, options: str = "") -> None:
        self._box, port, environment = box, free_port(2), {}
        if name == "redis":
            self.url = f"redis://{HOST}:{port}/0"
            options = f"--port {port} --bind {HOST} --save '' --appendonly no {options}"
        else:
            self.url = f"amqp://guest:guest@{HOST}:{port}//"
            environment = _rabbitmq_environment(box.var / name, port)
        command = (find_program(name) or "", *shlex.split(options))
        self._program = Program(name, name, command, environment, port)
        self._process = self._start()

    def restart(self, seconds: float = 0.0) -> bool:
        """Kill it, and start it after so many seconds; messages are lost. Whether it lived."""
        lived = not self._process.has_ended
        self._process.wait(0)
        time.sleep(seconds)
        self._process = self._start()
        return lived

    def pause(self) -> None:
        """It stands still (SIGSTOP) until ``resume``: the kernel goes on accepting connections and
        data for it, and it responds to nothing. Raises LabFailed."""
        self._signal(signal.SIGSTOP)
        problem = f"{self._program.name} does not stand still"
        wait_until(self._process.is_still, PAUSE_TIMEOUT_SECONDS, problem, step=0.002)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def fill(self) -> None:
        """It takes no more messages until ``free``, and goes on delivering: Redis refuses them (out
        of memory), RabbitMQ reads no further from who publishes (an alarm). Raises LabFailed."""
        self._limit_memory(redis="1", rabbitmq="0.0000001")

    def free(self) -> None:
        self._limit_memory(redis="0", rabbitmq="0.4")

    def refuse_writes(self) -> None:
        """Redis becomes a replica, as after a failover, until ``accept_writes``."""
        self._replicate(HOST, "1")

    def accept_writes(self) -> None:
        self._replicate("NO", "ONE")

    def __exit__(self, *error: object) -> None:
        self._process.wait(0)

    def _replicate(self, *of: str) -> None:
        with Redis.from_url(self.url) as client:
            client.execute_command("REPLICAOF", *of)

    def _limit_memory(self, redis: str, rabbitmq: str) -> None:
        if self._program.name == "redis":
            with Redis.from_url(self.url) as client:
                client.config_set("maxmemory", redis)
            return
        command = (find_program("rabbitmqctl"), "set_vm_memory_high_watermark", rabbitmq)
        done = subprocess.run(
            [str(word) for word in command],
            env={**os.environ, **self._program.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LabFailed(f"rabbitmqctl failed:\n{done.stdout}{done.stderr}")

    def _signal(self, number: signal.Signals) -> None:
        """To all its processes: Erlang's helpers lead groups of their own."""
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self._process.pid)
            for process in (first, *first.children(recursive=True)):
                process.send_signal(number)

    def _start(self) -> Process:
        """A process that listens on its port."""
        process = Process(self._program, self._box, {**os.environ, **self._program.environment})
        end = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            with suppress(OSError), socket.create_connection((HOST, self._program.port or 0)):
                return process
            if process.has_ended or time.monotonic() > end:
                process.wait(0)
                log = tail(self._box.paths.log(self._program.name))
                raise LabFailed(f"{self._program.command[0]} did not start:\n{log}")
            time.sleep(POLL_SECONDS)


def find_program(name: str) -> str | None:
    """The path of the server's program; None where this machine has none."""
    return shutil.which(PROGRAMS.get(name, name), path=os.pathsep.join(SEARCH_PATH))


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
