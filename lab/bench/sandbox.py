"""A place of our own for one database: a folder, empty databases in it or on a server."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.bench import servers
from lab.bench.children import run

ALIASES = ("default", "eventstore", "posts", "comments", "moderation", "query")
OURS = ("SERVICES", "WORKER", "MAKELEVEL", "BROKER_FOLDER", "POSITION_WAIT")


@dataclass(frozen=True)
class Sandbox:
    """``environment`` is what a process needs to work in it."""

    database: str
    name: str
    var: Path
    environment: Mapping[str, str] = field(repr=False)


@contextmanager
def sandbox(database: str) -> Iterator[Sandbox]:
    """Migrated databases, empty but for the administrator; dropped at the end."""
    name = f"hindsight_bench_{secrets.token_hex(3)}"
    var = Path(tempfile.mkdtemp(prefix=f"{name}_"))
    box = Sandbox(database, name, var, _environment(database, name, var))
    try:
        if database != "sqlite":
            run("manage.py", "create_databases", environment=box.environment)
        run("-m", "config.processes.prepare", environment=box.environment)
        yield box
    finally:
        _drop(database, name)
        shutil.rmtree(var, ignore_errors=True)


def _environment(database: str, name: str, var: Path) -> dict[str, str]:
    inherited = {
        key: value
        for key, value in os.environ.items()
        if key not in OURS and not key.endswith("_URL")
    }
    where = servers.url(database)
    return {
        **inherited,
        "VAR_DIR": str(var),
        "DATABASE_URL": f"{where}/{name}_{{alias}}" if where else "",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "THROTTLE_WRITES": "",
        "LOG_LEVEL": "WARNING",
    }


def _drop(database: str, name: str) -> None:
    names = [f"{name}_{alias}" for alias in ALIASES]
    if database == "postgresql":
        with servers.postgresql() as connection:
            for each in names:
                connection.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)".encode())
    elif database == "mariadb":
        with servers.mariadb() as server, server.cursor() as cursor:
            for each in names:
                cursor.execute(f"DROP DATABASE IF EXISTS {each}")
