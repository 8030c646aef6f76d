"""The database servers and brokers that tests may use: those that the environment names, else
those in the usual place on this machine.

``python -m tests.servers [SECONDS]`` waits so long for all of them; exit code 1 if one is missing.
"""

import getpass
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
from kombu import Connection
from pymysql.cursors import Cursor

from tests.needs import require


def postgresql(url: str) -> psycopg.Connection:
    return psycopg.connect(f"{url}/postgres", connect_timeout=3, autocommit=True)


def mariadb(url: str) -> "pymysql.Connection[Cursor]":
    at = urlsplit(url)
    return pymysql.connect(
        host=at.hostname or "127.0.0.1",
        port=at.port or 3306,
        user=at.username,
        password=unquote(at.password or ""),
        connect_timeout=3,
        autocommit=True,
    )


def broker(url: str) -> Connection:
    connection = Connection(url, connect_timeout=3)
    return connection.ensure_connection(max_retries=0, timeout=3)


USERS = dict.fromkeys((getpass.getuser(), "postgres", "root"))

SERVERS: dict[str, tuple[str, Callable[[str], Any], list[str]]] = {
    "PostgreSQL": (
        "TEST_POSTGRES_URL",
        postgresql,
        [f"postgres://{user}@127.0.0.1:5432" for user in USERS],
    ),
    "MariaDB": (
        "TEST_MARIADB_URL",
        mariadb,
        [f"mysql://{user}@127.0.0.1:3306" for user in USERS],
    ),
    "RabbitMQ": ("TEST_RABBITMQ_URL", broker, ["amqp://guest:guest@127.0.0.1:5672//"]),
    "Redis": ("TEST_REDIS_URL", broker, ["redis://127.0.0.1:6379/0"]),
}
"""By name: the variable that says where it is, how to connect, and where it is otherwise. The
databases' URLs end before the name of a database."""


def need(name: str) -> str:
    """The URL of this server. Skips the test at hand where it does not answer."""
    url = find(name)
    require(name, url)
    return url or ""


@cache
def find(name: str) -> str | None:
    """The URL of this server, or None where it does not answer."""
    variable, connect, usual = SERVERS[name]
    named = os.environ.get(variable)
    for url in [named] if named else usual:
        try:
            connect(url).close()
        except Exception:
            continue
        return url
    return None


def main(seconds: float) -> int:
    end = time.monotonic() + seconds
    while missing := [name for name in SERVERS if not find(name)]:
        if time.monotonic() > end:
            print(f"no answer from {', '.join(missing)}", file=sys.stderr)
            return 1
        find.cache_clear()
        time.sleep(1)
    print(f"all answer: {', '.join(SERVERS)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 0))
