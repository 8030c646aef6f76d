"""The running app: all its processes, on one database and one broker."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis
from kombu import Connection, Exchange, Queue

from lab.bench import servers
from lab.bench.children import BASE, PATIENCE, Failed
from lab.bench.load import HOST
from lab.bench.sandbox import Sandbox

CONSUMERS = ("comments", "moderation", "query")
READY = "Hindsight is running."
START_SECONDS = 120


@dataclass(frozen=True)
class Stack:
    """``main`` is the process that started all others; ``port`` the page's."""

    database: str
    broker: str
    port: int
    main: psutil.Process

    @property
    def name(self) -> str:
        return f"{self.database} + {self.broker}"


@contextmanager
def running(box: Sandbox, broker: str) -> Iterator[Stack]:
    """``make run`` in the sandbox, on a free port, with queues of its own."""
    port, prefix = _free_port(), f"bench-{secrets.token_hex(3)}-"
    environment = {**box.environment, "PORT": str(port), "QUEUE_PREFIX": prefix}
    if broker != "file":
        environment["BROKER_URL"] = servers.url(broker)
    try:
        with started("run", environment, box.var / "run.log") as main:
            yield Stack(box.database, broker, port, main)
    finally:
        if broker != "file":
            _delete_queues(broker, prefix)


@contextmanager
def started(command: str, environment: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    """``python -m config.processes COMMAND`` (``run`` or ``run-services``), from when everything
    is up; at the end of the context it is asked to end, and has ended. Raises Failed."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.processes", command],
            cwd=BASE,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl+C is for us to pass on
        )
    try:
        _await_start(process, log)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()  # supervisord and all others follow it
            process.wait()


def _await_start(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Raises Failed."""
    end = time.monotonic() + START_SECONDS
    while READY not in log.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise Failed(f"the app did not start:\n{log.read_text()[-2_000:]}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as server:
        server.bind((HOST, 0))
        return int(server.getsockname()[1])


def _delete_queues(broker: str, prefix: str) -> None:
    if broker == "redis":
        server = redis.Redis.from_url(servers.url(broker))
        for key in server.scan_iter(f"*{prefix}*"):
            server.delete(key)
        return
    with Connection(servers.url(broker)) as connection:
        for consumer in CONSUMERS:
            name, channel = f"{prefix}{consumer}", connection.default_channel
            Queue(name, channel=channel).delete()
            Exchange(name, channel=channel).delete()
