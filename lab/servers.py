"""The database servers and brokers that experiments and tests use: where they are. Run with
``python -m lab.servers [SECONDS]`` it waits for all; exit code 1 where one does not respond."""

import getpass
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
from kombu import Connection
from pymysql.cursors import Cursor
from redis import Redis

from lab.errors import LabFailed, wait_until

TIMEOUT_SECONDS = 3
USERS = (getpass.getuser(), "postgres", "root")


def postgresql(url: str, name: str = "postgres") -> psycopg.Connection:
    """A connection that can create and drop databases; ``url`` ends before a database's name."""
    return psycopg.connect(f"{url}/{name}", connect_timeout=TIMEOUT_SECONDS, autocommit=True)


def mariadb(url: str) -> "pymysql.Connection[Cursor]":
    """As ``postgresql``."""
    at = urlsplit(url)
    return pymysql.connect(
        host=at.hostname or "127.0.0.1",
        port=at.port or 3306,
        user=at.username,
        password=unquote(at.password or ""),
        connect_timeout=TIMEOUT_SECONDS,
        autocommit=True,
    )


def broker(url: str) -> Connection:
    connection = Connection(url, connect_timeout=TIMEOUT_SECONDS)
    return connection.ensure_connection(max_retries=0, timeout=TIMEOUT_SECONDS)


class Server(NamedTuple):
    """``variable`` names the environment variable that holds its URL; ``usual`` is the URL that is
    tried where it is not set, with each of ``USERS``."""

    name: str
    variable: str
    connect: Callable[[str], Any]
    usual: str

    @property
    def urls(self) -> list[str]:
        named = os.environ.get(self.variable)
        return [named] if named else [self.usual.format(user=user) for user in USERS]


SERVERS = (
    Server("PostgreSQL", "TEST_POSTGRES_URL", postgresql, "postgres://{user}@127.0.0.1:5432"),
    Server("MariaDB", "TEST_MARIADB_URL", mariadb, "mysql://{user}@127.0.0.1:3306"),
    Server("RabbitMQ", "TEST_RABBITMQ_URL", broker, "amqp://guest:guest@127.0.0.1:5672//"),
    Server("Redis", "TEST_REDIS_URL", broker, "redis://127.0.0.1:6379/0"),
)
BY_NAME = {server.name.lower(): server for server in SERVERS}


@cache
def find(name: str) -> str | None:
    """The URL of this server, or None where it does not respond. ``name`` in any case."""
    server = BY_NAME[name.lower()]
    for url in dict.fromkeys(server.urls):
        try:
            server.connect(url).close()
        except Exception:  # noqa: S112 - each driver has errors of its own
            continue
        return url
    return None


def address(name: str) -> str:
    """The first URL at which this server is looked for."""
    return BY_NAME[name.lower()].urls[0]


def delete_queues(url: str, prefix: str, queues: Iterable[str], exchanges: Iterable[str]) -> None:
    """Deletes these queues and exchanges; in Redis, all keys that contain ``prefix``."""
    if url.startswith("redis"):
        with Redis.from_url(url) as redis:
            for key in redis.scan_iter(f"*{prefix}*"):
                redis.delete(key)
    elif url.startswith("amqp"):
        with Connection(url, connect_timeout=TIMEOUT_SECONDS) as connection:
            channel: Any = connection.default_channel
            for name in queues:
                channel.queue_delete(name)
            for name in exchanges:
                channel.exchange_delete(name)


def main(seconds: float) -> None:
    missing: list[str] = []

    def all_respond() -> bool:
        find.cache_clear()
        missing[:] = [server.name for server in SERVERS if not find(server.name)]
        return not missing

    try:
        wait_until(all_respond, seconds, lambda: f"no response from {', '.join(missing)}", step=1)
    except LabFailed as error:
        sys.exit(str(error))
    print(f"all respond: {', '.join(server.name for server in SERVERS)}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 0)
