"""Child processes that report lines of JSON: a module of ours, run with Django's settings."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from config.processes.paths import BASE
from lab.errors import LabFailed
from lab.guard import Guard

END_SECONDS = 20


class Child(AbstractContextManager["Child"]):
    """``python -m MODULE ARGUMENT…``. As a context: it has ended afterwards."""

    def __init__(
        self,
        module: str,
        *arguments: object,
        environment: Mapping[str, str],
        guard: Guard | None = None,
    ) -> None:
        self.command = ("-m", module, *map(str, arguments))
        self._guard = guard
        self._process = subprocess.Popen(
            [sys.executable, *self.command],
            cwd=BASE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C is for us alone
        )
        if guard:
            guard.add(self._process.pid)

    def receive(self) -> Any:
        """The next line that it sends. Raises LabFailed where there is none."""
        if self._process.stdout and (line := self._process.stdout.readline()):
            return json.loads(line)
        raise self._failure(self._process.communicate()[1])

    def go(self) -> None:
        """Lets it go on, where it waits in ``wait_for_go``."""
        print("go", file=self._process.stdin, flush=True)

    def order(self, value: Any) -> None:
        """One line of JSON, for ``orders`` in the child."""
        print(json.dumps(value), file=self._process.stdin, flush=True)

    def finish(self) -> Any:
        """What else it prints as JSON until its end, or None. Raises LabFailed if it fails."""
        output, errors = self._process.communicate()
        if self._process.returncode:
            raise self._failure(errors)
        return json.loads(output) if output.strip() else None

    def __exit__(self, *error: object) -> None:
        with self._process:  # it closes the pipes
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if self._guard:
            self._guard.remove(self._process.pid)

    def _failure(self, errors: str) -> LabFailed:
        return LabFailed(f"python {' '.join(self.command)} failed:\n{errors[-2_000:]}")


def send(value: Any) -> None:
    """In the child: one line of JSON for its parent."""
    print(json.dumps(value), flush=True)


def wait_for_go() -> bool:
    """In the child: waits until the parent lets it go on. False where the parent is gone."""
    return bool(sys.stdin.readline())


def orders() -> Iterator[Any]:
    """In the child: what its parent sends by ``Child.order``, until the parent is gone."""
    for line in iter(sys.stdin.readline, ""):
        yield json.loads(line)
