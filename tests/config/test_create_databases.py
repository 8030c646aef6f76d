"""``manage.py create_databases``, against real servers where they are found."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from config.processes.paths import BASE
from tests.servers import mariadb, need, postgresql

CONNECT: dict[str, Callable[[str], Any]] = {"PostgreSQL": postgresql, "MariaDB": mariadb}


def create_databases(var: Path, url: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "create_databases"],
        cwd=BASE,
        env={**os.environ, "VAR_DIR": str(var), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("server", ["PostgreSQL", "MariaDB"])
def test_missing_databases_are_created_once(server: str, tmp_path: Path) -> None:
    url, prefix = need(server), f"hindsight_{token_hex(4)}"
    try:
        first = create_databases(tmp_path, f"{url}/{prefix}_{{alias}}")
        again = create_databases(tmp_path, f"{url}/{prefix}_{{alias}}")
    finally:
        with closing(CONNECT[server](url)) as connection, closing(connection.cursor()) as cursor:
            for alias in ("default", "eventstore", "posts", "comments", "moderation", "query"):
                cursor.execute(f"DROP DATABASE IF EXISTS {prefix}_{alias}")

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.count("created") == 6
    assert f"posts: {prefix}_posts created" in first.stdout
    assert (again.returncode, again.stdout.count("exists")) == (0, 6)


def test_sqlite_needs_nothing(tmp_path: Path) -> None:
    answer = create_databases(tmp_path, "")

    assert answer.returncode == 0
    assert answer.stdout.count("sqlite needs no creating") == 6


def test_a_server_that_is_away_is_one_line(tmp_path: Path) -> None:
    answer = create_databases(tmp_path, "postgres://nobody@127.0.0.1:1/x_{alias}")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "cannot create the database 'default'" in answer.stderr
    assert answer.stderr.count("\n") == 1
