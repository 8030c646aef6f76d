"""Everything is started, stopped piece by piece and ended, with real processes."""

import contextlib
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lab.stack import free_port
from tests.running import Run, assert_gone, wait_until

pytestmark = pytest.mark.xdist_group("processes")  # two at a time would only be slower


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first run ever in its folder, ended by Ctrl+C."""
    with Run("run", tmp_path_factory.mktemp("first") / "var") as run:
        run.page = run.get("/").status_code
        run.interrupt()
        assert_gone(run.family)
    return run


@pytest.fixture(scope="module")
def monolith(first: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A second run on the same data, for tests that leave it as they found it."""
    var = shutil.copytree(first.var, tmp_path_factory.mktemp("second") / "var")
    with Run("run", var) as run:
        yield run


def line_of(text: str, word: str) -> str:
    [line] = [line for line in text.splitlines() if line.strip().startswith(word)]
    return line


def test_one_command_brings_the_page_and_ctrl_c_ends_every_process(first: Run) -> None:
    assert first.page == 200
    assert "Migrating the databases: default, eventstore" in first.output
    assert first.output.count("Admin login") == 1
    assert len(first.family) > 4
    assert first.process.returncode == 0
    assert first.output.endswith("Stopping …\nEverything is stopped.\n")


def test_files_of_a_run_are_private(first: Run) -> None:
    written = {path.relative_to(first.var): path.stat().st_mode for path in first.var.rglob("*")}

    assert {Path("default.sqlite3"), Path("log/web.log"), Path("run")} <= written.keys()
    assert {str(path) for path, mode in written.items() if mode & 0o077} == set()


def test_a_second_start_reuses_what_is_there(monolith: Run) -> None:
    assert monolith.get("/").status_code == 200
    assert "Admin login" not in monolith.output
    assert "Migrating" not in monolith.output


def test_one_service_of_the_monolith_stops_and_starts_while_the_rest_goes_on(
    monolith: Run,
) -> None:
    worker = monolith.processes_of("moderation-worker")
    others = set(monolith.family) - set(worker)
    assert worker

    stopped = monolith.do("stop", "moderation")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert "still served by the process" in stopped.stdout
    assert_gone(worker)
    assert all(process.is_running() for process in others)
    assert monolith.get("/").status_code == 200
    assert "stopped" in line_of(monolith.do("status").stdout, "moderation")
    assert "already" in monolith.do("stop", "moderation").stdout

    started = monolith.do("start", "moderation")
    assert (started.returncode, started.stderr) == (0, "")
    assert "running" in line_of(monolith.do("status").stdout, "moderation")
    assert monolith.processes_of("moderation-worker")
    monolith.family = monolith.descendants()


@pytest.mark.parametrize("command", ["stop", "start"])
def test_a_module_of_the_monolith_has_no_process_of_its_own(monolith: Run, command: str) -> None:
    answer = monolith.do(command, "posts")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "no process of its own" in answer.stderr
    assert "make run-services" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts shared memory in parts")
def test_the_monoliths_processes_share_what_they_have_loaded(monolith: Run) -> None:
    """Each with a copy of its own, they took 430 MB."""
    family = [monolith.process, *monolith.descendants()]
    assert sum(process.memory_full_info().pss for process in family) < 320e6


def test_a_second_run_is_refused_in_one_line(monolith: Run, tmp_path: Path) -> None:
    with Run("run", monolith.var, port=free_port(4)) as second:
        assert second.process.wait() == 1
        assert second.output.startswith("hindsight: already running")
        assert second.output.count("\n") == 1

    with Run("run-services", tmp_path / "other", port=monolith.port - 3) as third:
        assert third.process.wait() == 1
        assert third.output.startswith(f"hindsight: port {monolith.port} is in use")
        assert third.output.count("\n") == 1
    assert monolith.get("/healthz").status_code == 200


def test_a_dead_process_comes_back(monolith: Run) -> None:
    victims = monolith.processes_of("query-worker")
    for victim in victims:
        victim.kill()
    assert_gone(victims)

    wait_until(
        lambda: "running" in line_of(monolith.do("status").stdout, "query"),
        monolith,
    )
    monolith.family = monolith.descendants()


def test_one_that_was_killed_too_often_comes_back_as_well(monolith: Run) -> None:
    """supervisor gives up what dies three times at its start: that may pass."""
    killed: set[int] = set()

    def kill() -> bool:
        for victim in monolith.processes_of("moderation-worker"):
            killed.add(victim.pid)
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        return "moderation-worker keeps failing" in monolith.output

    wait_until(kill, monolith)
    wait_until(lambda: "moderation-worker runs again." in monolith.output, monolith)
    assert len(killed) >= 3
    assert {each.pid for each in monolith.processes_of("moderation-worker")}.isdisjoint(killed)
    monolith.family = monolith.descendants()


@pytest.mark.parametrize("program", ["web", "query-worker"])
def test_what_a_killed_process_leaves_behind_ends_too(monolith: Run, program: str) -> None:
    [supervisord] = monolith.process.children()
    [leader] = set(supervisord.children()) & set(monolith.processes_of(program))
    orphans = leader.children()
    assert orphans

    leader.kill()

    assert_gone([leader, *orphans])
    wait_until(
        lambda: monolith.processes_of(program) and "starting" not in monolith.do("status").stdout,
        monolith,
    )
    monolith.family = monolith.descendants()


def test_nothing_listens_beyond_this_machine(monolith: Run) -> None:
    listening = [
        connection.laddr.ip
        for process in monolith.descendants()
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_services_are_processes_of_their_own(first: Run, tmp_path: Path) -> None:
    with Run("run-services", shutil.copytree(first.var, tmp_path / "var")) as run:
        for offset, service in enumerate(["query", "posts", "comments", "moderation"]):
            assert run.get("/healthz", offset).json()["services"] == [service]
            assert run.processes_of(f"{service}-worker")
        assert run.get("/").status_code == 200

        assert run.do("stop", "moderation").returncode == 0
        with pytest.raises(httpx.ConnectError):
            run.get("/healthz", 3)
        assert not run.processes_of("moderation-worker")
        assert run.get("/healthz", 2).status_code == 200
        assert run.get("/").status_code == 200

        assert run.do("start", "moderation").returncode == 0
        assert run.get("/healthz", 3).status_code == 200
        assert run.processes_of("moderation-worker")

        family = run.descendants()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait() == 0
        assert_gone(family)


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Run]:
    with Run("run", tmp_path / "var") as run:
        yield run


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans by itself")
@pytest.mark.parametrize("victims", ["the command", "supervisord", "both"])
def test_a_sudden_death_leaves_no_orphan(doomed: Run, victims: str) -> None:
    [supervisord] = doomed.process.children()
    if victims in ("the command", "both"):
        doomed.process.kill()
    if victims in ("supervisord", "both"):
        supervisord.kill()

    assert_gone(doomed.family)
    if victims == "supervisord":
        assert doomed.process.wait() == 1
        assert "hindsight: supervisord died, so everything was stopped" in doomed.output


def test_a_process_that_keeps_failing_is_named_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    with Run("run", tmp_path / "var", {"GRANIAN_LOG_LEVEL": "nonsense"}) as run:
        assert run.process.wait() == 1
        assert "hindsight: web keeps failing" in run.output
        assert "'nonsense' is not one of" in run.output
        assert "Traceback" not in run.output
        assert_gone(run.family)
