"""A process that keeps dying is told of once, and started again until it stays."""

from pathlib import Path

import pytest

from config.processes import ProcessError
from config.processes import restarts as module
from config.processes.layout import Program, layout
from config.processes.paths import RunPaths
from config.processes.restarts import RESTART_SECONDS, Restarts
from config.processes.supervisor import State, Supervisor


class Recorder(Supervisor):
    """A supervisor that notes what it was asked to start, and does not always obey."""

    def __init__(self, places: RunPaths) -> None:
        super().__init__(places)
        self.asked: list[str] = []

    def start_one(self, program: Program) -> None:
        self.asked.append(program.name)
        if len(self.asked) == 2:
            raise ProcessError("it is on its way already")


def test_it_is_told_of_once_and_started_again_until_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    places = RunPaths(tmp_path)
    places.make()
    places.log("web").write_text("no such module\n")
    supervisor = Recorder(places)
    restarts = Restarts(layout("monolith", 8000), supervisor, places)

    printed: list[str] = []

    def look(name: str, pid: int = 0) -> None:
        printed.extend(restarts.check({"web": State("web", name, pid, 0)}))
        clock[0] += RESTART_SECONDS / 2

    look("RUNNING", 7)
    assert supervisor.asked == []
    for _ in range(6):
        look("FATAL")
    assert supervisor.asked == ["web", "web"]
    for name in ("STARTING", "BACKOFF", "FATAL", "STARTING"):
        look(name)
    assert supervisor.asked == ["web", "web", "web"]
    look("RUNNING", 8)
    look("RUNNING", 8)

    said = capsys.readouterr()
    assert said.err.count("hindsight: web keeps failing") == 1
    assert "    no such module" in said.err
    assert printed == ["web runs again."]
    look("FATAL")
    assert "hindsight: web keeps failing" in capsys.readouterr().err
