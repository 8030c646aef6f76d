"""What the commands say and answer without anything running."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.processes import ProcessError, preflight
from config.processes.__main__ import main
from config.processes.layout import layout
from config.processes.paths import RunPaths
from config.processes.readiness import tail
from config.processes.runner import StopSignals
from tests.running import free_ports

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command in a folder of its own: its exit code, and all that it says on stderr."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", str(free_ports()))

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = main([*arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return code, capfd.readouterr().err

    return run


@pytest.fixture
def handlers() -> Iterator[None]:
    """Gives the test's own process its signal handlers back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("arguments", [["status"], ["stop", "posts"], ["start", "query"]])
def test_where_nothing_runs_a_command_says_how_to_start(
    command: Command, arguments: list[str]
) -> None:
    code, said = command(*arguments)

    assert code == 1
    assert said == (
        "hindsight: nothing is running here: start it with make run or make run-services\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stop", "nonsense"], "there is no service 'nonsense': make stop SERVICE= takes one of"),
        (["start"], "start what?: make start SERVICE= takes one of query, posts"),
        (["stop", ""], "stop what?"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
    ],
)
def test_wrong_usage_is_one_line_and_2(command: Command, arguments: list[str], said: str) -> None:
    code, error = command(*arguments)

    assert code == 2
    assert said in error
    assert error.startswith("hindsight: ")
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "file" / "var"))

    code, said = command("run")

    assert code == 1
    assert said.startswith(f"hindsight: cannot write to {tmp_path}/file/var (Not a directory)")
    assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "8000.5"])
def test_a_port_that_is_none_is_one_line(port: str) -> None:
    with pytest.raises(ProcessError, match=f"PORT={port} is no port"):
        preflight.port_of({"PORT": port})


def test_the_port_is_8000_where_none_is_named() -> None:
    assert preflight.port_of({}) == preflight.port_of({"PORT": ""}) == 8000


def test_services_that_find_no_ports_after_the_pages_are_told_so() -> None:
    port = preflight.port_of({"PORT": "65534"})

    preflight.check_ports(layout("monolith", port))
    with pytest.raises(ProcessError, match="PORT=65534 is too high: 4 ports in a row are needed"):
        preflight.check_ports(layout("services", port))


def test_a_busy_port_is_named_with_another_one_that_is_free() -> None:
    first = free_ports(count=14)
    plan = layout("services", first)
    preflight.check_ports(plan)

    said = rf"port {first + 2} is in use.*PORT={first + 10}"
    with socket.create_server(("127.0.0.1", first + 2)), pytest.raises(ProcessError, match=said):
        preflight.check_ports(plan)
    preflight.check_ports(plan)


def test_only_one_runs_in_a_folder(tmp_path: Path) -> None:
    places = RunPaths(tmp_path)
    places.make()

    with preflight.run_lock(places), pytest.raises(ProcessError, match="already running"):
        preflight.run_lock(places).__enter__()
    with preflight.run_lock(places):
        pass


@pytest.mark.usefixtures("handlers")
def test_stop_signals_are_counted_and_waited_for() -> None:
    signals = StopSignals()

    assert not signals.wait(0)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    assert signals.wait(5)
    assert not signals.wait(0)
    assert signals.count == 2


def test_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    assert tail(log) == ""

    log.write_text("".join(f"line {number}\n" for number in range(10_000)))
    lines = tail(log).splitlines()
    assert len(lines) == 15
    assert lines[-1] == "    line 9999"
