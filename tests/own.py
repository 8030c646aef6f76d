"""Databases and settings of their own for the processes that tests start."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from lab.servers import mariadb, postgresql
from tests.needs import need

SERVER_OF = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}
SECONDS = 120  # that any command may take on a busy machine


def environment(var: Path, **variables: str) -> dict[str, str]:
    """The environment for a process of ours: without the URLs of this one, with ``variables``."""
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**inherited, "VAR_DIR": str(var), "ADMIN_PASSWORD": "for tests only", **variables}


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[str]:
    """A ``DATABASE_URL`` whose databases exist, empty, and are dropped in the end. ``kind`` is
    sqlite, postgresql or mariadb; SQLite's files come into ``folder``."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/{{alias}}.sqlite3"
        return
    server = need(SERVER_OF[kind])
    url = f"{server}/hindsight_{os.getpid()}_{uuid.uuid4().hex[:6]}_{{alias}}"
    names = [urlsplit(url.format(alias=alias)).path[1:] for alias in settings.ALL_ALIASES]
    try:
        command(environment(folder, DATABASE_URL=url), "manage.py", "create_databases")
        yield url
    finally:
        _drop(kind, server, names)


def command(env: dict[str, str], *arguments: str) -> str:
    """Runs Python with these arguments; returns what it wrote to stdout."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _drop(kind: str, server: str, names: list[str]) -> None:
    if kind == "postgresql":
        with postgresql(server) as connection:
            for name in names:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    else:
        with mariadb(server) as there, there.cursor() as cursor:
            for name in names:
                cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
