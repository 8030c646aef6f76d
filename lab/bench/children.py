"""Processes that we start. Each ends with us, whatever happens."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

BASE = Path(__file__).resolve().parents[2]
PATIENCE = 20  # seconds to end in


class Failed(RuntimeError):
    """A process that we started failed; the message has what it said last."""


def run(*command: str, environment: Mapping[str, str]) -> None:
    """Run Python with these arguments to its end. Raises Failed."""
    with Child(*command, environment=environment) as child:
        child.wait()


class Child:
    """A Python process that may say lines of JSON, and be told when to go on."""

    def __init__(self, *command: str, environment: Mapping[str, str]) -> None:
        self.command = command
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=BASE,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C is for us to pass on
        )

    @classmethod
    def inside(cls, module: str, *arguments: object, environment: Mapping[str, str]) -> Self:
        """A module of ``lab.bench.inside``."""
        command = ("-m", f"lab.bench.inside.{module}", *map(str, arguments))
        return cls(*command, environment=environment)

    def hear(self) -> Any:
        """The next that it says. Raises Failed where it says nothing more."""
        line = _pipe(self.process.stdout).readline()
        if not line:
            raise self._failure()
        return json.loads(line)

    def go(self) -> None:
        """Let it go on."""
        pipe = _pipe(self.process.stdin)
        pipe.write("go\n")
        pipe.flush()

    def wait(self) -> None:
        """Wait for its end. Raises Failed where that was a bad one."""
        _, errors = self.process.communicate()
        if self.process.returncode:
            raise self._failure(errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe and not pipe.closed:
                pipe.close()

    def _failure(self, errors: str = "") -> Failed:
        errors = errors or _pipe(self.process.stderr).read()
        return Failed(f"python {' '.join(self.command)} failed:\n{errors[-2_000:]}")


def measure(module: str, *arguments: object, environment: Mapping[str, str]) -> Any:
    """What a module of ``lab.bench.inside`` says, in a process of its own. Raises Failed."""
    with Child.inside(module, *arguments, environment=environment) as child:
        said = child.hear()
        child.wait()
        return said


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise Failed("this process has no pipes")
    return pipe
