"""Which database each alias is, from the environment.

``DATABASE_URL`` is a template: ``{alias}`` in it becomes the alias.
``POSTS_DATABASE_URL`` and its like name the database of one alias alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import environ

DEFAULT_TEMPLATE = "sqlite:///{var}/{alias}.sqlite3"

SQLITE_OPTIONS = {
    # A transaction that will write takes the write lock when it begins: SQLite
    # cannot upgrade a read lock once somebody else has written.
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000",
    "timeout": 20,
}
POSTGRES_OPTIONS = {"connect_timeout": 3}
MYSQL_OPTIONS = {
    "charset": "utf8mb4",
    "connect_timeout": 3,
    # Repeatable read would show a relay an outbox as it was before it got the lock.
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='STRICT_ALL_TABLES'",
}


def database(alias: str, env: environ.Env, base: Path, var: Path) -> dict[str, Any]:
    """Django's settings of one alias. A relative SQLite path counts from the project."""
    template = env.str(f"{alias.upper()}_DATABASE_URL", default="") or env.str(
        "DATABASE_URL", default=DEFAULT_TEMPLATE.replace("{var}", str(var))
    )
    settings: dict[str, Any] = dict(environ.Env.db_url_config(template.replace("{alias}", alias)))
    engine = settings["ENGINE"].rpartition(".")[2]
    options = settings.setdefault("OPTIONS", {})
    if engine == "sqlite3":
        if settings["NAME"] != ":memory:":
            settings["NAME"] = base / settings["NAME"]
        options.update(SQLITE_OPTIONS | options)
    elif engine == "postgresql":
        options.update(POSTGRES_OPTIONS | options)
    elif engine == "mysql":
        options.update(MYSQL_OPTIONS | options)
    settings["CONN_MAX_AGE"] = 600
    settings["CONN_HEALTH_CHECKS"] = engine != "sqlite3"
    return settings


def databases(
    aliases: Iterable[str], env: environ.Env, base: Path, var: Path
) -> dict[str, dict[str, Any]]:
    return {alias: database(alias, env, base, var) for alias in aliases}
