"""Databases and settings of their own for the processes that tests start."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    prefix = f"hindsight_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    url = f"{server}/{prefix}_{{alias}}"
    env = environment(folder, DATABASE_URL=url)
    try:
        command(env, "manage.py", "create_databases")
        yield url
    finally:
        command(env, "-m", "lab.databases", "drop", prefix)


@contextmanager
def server_database(kind: str) -> Iterator[str]:
    """The URL of one empty database on the server of this ``kind``, which is dropped in the end."""
    server, name = need(SERVER_OF[kind]), f"hindsight_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    opened: Any = postgresql(server) if kind == "postgresql" else mariadb(server)
    with opened as there, there.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            cursor.execute(f"DROP DATABASE {name}{force}")


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
