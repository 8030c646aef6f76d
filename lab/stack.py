"""The processes of a layout: started, stopped, killed, and ended whatever happens."""

import time
from types import TracebackType
from typing import Self

from config.processes.layout import Layout, Program
from config.processes.readiness import tail
from config.processes.runner import process_environment
from lab.errors import LabFailed
from lab.processes import Process, wait_for_all
from lab.sandbox import Sandbox

START_SECONDS, STEP = 60, 0.02


class Stack:
    """The processes of ``plan``, which work in ``box``. As a context it starts all of them.

    A process is named by its service (``posts``), as in the layout; a service may have two, its
    web process and its worker. What is started or stopped already is left as it is.
    """

    def __init__(self, box: Sandbox, plan: Layout) -> None:
        self.box, self.plan = box, plan
        self._environment = process_environment(plan, box.places, box.environment)
        self._running: dict[str, Process] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """``http://127.0.0.1:8701`` of each service that has a web process."""
        return {web.service: web.address for web in self.plan.webs}

    def pids(self, service: str) -> list[int]:
        """Of its processes that run; each may have children."""
        return [process.pid for process in self._processes((service,))]

    @property
    def leaders(self) -> dict[str, int]:
        """The process that runs of each program, by the program's name; each may have children."""
        return {name: process.pid for name, process in self._running.items()}

    def start(self, *services: str) -> None:
        """Starts them (all, where none is named), and returns when they are ready. Raises
        LabFailed where one does not start."""
        self.launch(*services)
        self.await_ready(*services)

    def launch(self, *services: str) -> None:
        """Starts them, and does not wait until they are ready."""
        for program in self._programs(services):
            if program.name not in self._running:
                environment = {**self._environment, **program.environment}
                self._running[program.name] = Process(program, self.box, environment)

    def await_ready(self, *services: str) -> None:
        """Raises LabFailed where one does not start."""
        end = time.monotonic() + START_SECONDS
        for process in self._processes(services):
            while not process.is_ready():
                if process.has_ended or time.monotonic() > end:
                    name = process.program.name
                    last = tail(self.box.places.log(name))
                    raise LabFailed(f"{name} did not start:\n{last}")
                time.sleep(STEP)

    def stop(self, *services: str) -> None:
        """Asks them to end, as ``make stop`` does, and returns when they have."""
        for process in self._processes(services):
            process.ask_to_end()
        self._forget(services)

    def kill(self, *services: str) -> None:
        """Ends them at once, in the middle of whatever they do: an outage."""
        for process in self._processes(services):
            process.kill()
        self._forget(services)

    def pause(self) -> None:
        """All that runs stands still, and keeps what it has."""
        for process in self._running.values():
            process.pause()

    def resume(self) -> None:
        for process in self._running.values():
            process.resume()

    def close(self) -> None:
        """Ends all that runs."""
        self.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _forget(self, services: tuple[str, ...]) -> None:
        ending = self._processes(services)
        wait_for_all(ending)
        for process in ending:
            del self._running[process.program.name]

    def _processes(self, services: tuple[str, ...]) -> list[Process]:
        """Those that run."""
        programs = self._programs(services)
        return [self._running[each.name] for each in programs if each.name in self._running]

    def _programs(self, services: tuple[str, ...]) -> list[Program]:
        if not services:
            return list(self.plan.programs)
        return [program for service in services for program in self.plan.of(service)]
