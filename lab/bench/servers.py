"""Which databases and brokers there are on this machine, and where.

``BENCH_POSTGRESQL``, ``BENCH_MARIADB``, ``BENCH_REDIS`` and ``BENCH_RABBITMQ`` name others.
"""

import getpass
import os
from urllib.parse import SplitResult, urlsplit

import psycopg
import pymysql
import redis
from kombu import Connection

DATABASES = ("sqlite", "postgresql", "mariadb")
BROKERS = ("file", "redis", "rabbitmq")

_DEFAULTS = {
    "postgresql": f"postgres://{getpass.getuser()}@127.0.0.1:5432",
    "mariadb": f"mysql://{getpass.getuser()}@127.0.0.1:3306",
    "redis": "redis://127.0.0.1:6379/0",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//",
}


def url(server: str) -> str:
    """Where it is; a database's without a name at its end. Empty for what needs no server."""
    if server in ("sqlite", "file"):
        return ""
    return os.environ.get(f"BENCH_{server.upper()}") or _DEFAULTS[server]


def answers(server: str) -> bool:
    """Whether it is there and lets us in."""
    try:
        match server:
            case "postgresql":
                postgresql().close()
            case "mariadb":
                mariadb().close()
            case "redis":
                redis.Redis.from_url(url(server), socket_timeout=2).ping()
            case "rabbitmq":
                with Connection(url(server), connect_timeout=2) as connection:
                    connection.connect()
    except (OSError, psycopg.Error, pymysql.Error, redis.RedisError):
        return False
    return True


def postgresql() -> psycopg.Connection:
    """A connection that can create and drop databases."""
    where = f"{url('postgresql')}/postgres"
    return psycopg.connect(where, connect_timeout=2, autocommit=True)


def mariadb() -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """A connection that can create and drop databases."""
    parts: SplitResult = urlsplit(url("mariadb"))
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        connect_timeout=2,
    )
