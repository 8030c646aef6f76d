"""Several processes of ours at the same time, on databases of their own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from tests.own import SECONDS, command, environment

Child = Sequence[object]
"""The name of a program in tests/children/__main__.py, and its arguments."""


class Processes:
    """Processes that work on six databases of one kind, migrated and empty."""

    def __init__(self, var: Path, database_url: str) -> None:
        self.env = environment(
            var, DJANGO_SETTINGS_MODULE="config.settings", DATABASE_URL=database_url
        )
        command(self.env, "-m", "config.processes.prepare")

    def together(self, *children: Child, **variables: str) -> list[Any]:
        """Runs these at the same time, from when all of them are ready; what each reported."""
        running = [self.start(*child, stderr=subprocess.PIPE, **variables) for child in children]
        try:
            for process in running:
                assert process.stdout
                assert process.stdout.readline() == "ready\n", process.communicate()[1]
            for process in running:
                assert process.stdin
                process.stdin.close()
                process.stdin = None
            return [_report(process) for process in running]
        finally:
            for process in running:
                process.kill()
                process.communicate()

    def alone(self, *child: object, **variables: str) -> Any:
        """Runs this one to its end; what it reported."""
        return json.loads(command({**self.env, **variables}, "-m", *_program(child)))

    def start(
        self, *child: object, stderr: IO[str] | int = subprocess.PIPE, **variables: str
    ) -> "subprocess.Popen[str]":
        """Starts this one, to be ended by the caller."""
        return subprocess.Popen(
            [sys.executable, "-m", *_program(child)],
            cwd=settings.BASE_DIR,
            env={**self.env, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


def _program(child: Child) -> list[str]:
    return ["tests.children", *map(str, child)]


def _report(process: "subprocess.Popen[str]") -> Any:
    report, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    return json.loads(report)
