"""Several processes of ours at once, on databases of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from django.conf import settings

from tests.own import SECONDS, command, databases, environment

Child = Sequence[object]
"""The name of a program in tests/children, and its arguments."""


class Field:
    """Six databases of one kind, migrated and empty, and processes that work on them."""

    def __init__(self, var: Path, **given: str) -> None:
        self.env = environment(var, DJANGO_SETTINGS_MODULE="config.settings", **given)

    def together(self, *children: Child, **given: str) -> list[Any]:
        """Runs these at once, from when all of them are ready; what each of them told."""
        running = [self.start(*child, stderr=subprocess.PIPE, **given) for child in children]
        try:
            for process in running:
                assert process.stdout
                assert process.stdout.readline() == "ready\n", process.communicate()[1]
            for process in running:
                assert process.stdin
                process.stdin.close()
                process.stdin = None
            return [_told(process) for process in running]
        finally:
            for process in running:
                process.kill()
                process.communicate()

    def alone(self, *child: object, **given: str) -> Any:
        """Runs this one to its end; what it told."""
        return json.loads(command({**self.env, **given}, "-m", *_program(child)))

    def start(
        self, *child: object, stderr: IO[str] | int = subprocess.PIPE, **given: str
    ) -> "subprocess.Popen[str]":
        """Starts this one, to be ended by the caller."""
        return subprocess.Popen(
            [sys.executable, "-m", *_program(child)],
            cwd=settings.BASE_DIR,
            env={**self.env, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(kind, marks=pytest.mark.xdist_group(kind))
        for kind in ("sqlite", "postgresql", "mariadb")
    ],
)
def field(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Field]:
    """On SQLite, PostgreSQL and MariaDB, one after the other. What tests write there stays."""
    folder = tmp_path_factory.mktemp(request.param)
    with databases(request.param, folder) as url:
        field = Field(folder, DATABASE_URL=url)
        command(field.env, "-m", "config.processes.prepare")
        yield field


def _program(child: Child) -> list[str]:
    return ["tests.children", *map(str, child)]


def _told(process: "subprocess.Popen[str]") -> Any:
    told, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    return json.loads(told)
