"""The commands and their plan of processes, without anything running."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from config.processes import ProcessError
from config.processes import supervisor as module
from config.processes.__main__ import main
from config.processes.layout import PYTHON, SERVICES, SUBSCRIBERS, Program, Topology, layout
from config.processes.paths import MAX_SOCKET_PATH_BYTES, RunPaths
from config.processes.runner import (
    StopSignals,
    banner,
    check_ports,
    port_of,
    process_environment,
    run_lock,
)
from config.processes.supervisor import (
    RESTART_SECONDS,
    Restarts,
    State,
    Supervisor,
    supervisor_config,
    tail,
)
from lab.stack import free_port

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command in a folder of its own: its exit code, and its output on stderr."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", str(free_port(4)))

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
def test_where_nothing_runs_the_error_names_the_command_to_start(
    command: Command, arguments: list[str]
) -> None:
    code, error = command(*arguments)

    assert code == 1
    assert error == (
        "hindsight: nothing is running here: start it with make run or make run-services\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stop", "nonsense"], "there is no service 'nonsense': make stop SERVICE= takes one of"),
        (["start"], "start what?: make start SERVICE= takes one of query, posts"),
        (["stop", ""], "stop what?"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    command: Command, arguments: list[str], message: str
) -> None:
    code, error = command(*arguments)

    assert code == 2
    assert message in error
    assert error.startswith("hindsight: ")
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "file" / "var"))

    code, error = command("run")

    assert code == 1
    assert error.startswith(f"hindsight: cannot write to {tmp_path}/file/var (Not a directory)")
    assert error.count("\n") == 1


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "8000.5"])
def test_an_invalid_port_is_one_line(port: str) -> None:
    with pytest.raises(ProcessError, match=f"PORT={port} is no port"):
        port_of({"PORT": port})


def test_the_port_is_8000_where_none_is_set() -> None:
    assert port_of({}) == port_of({"PORT": ""}) == 8000


def test_too_high_a_port_for_all_services_is_refused() -> None:
    port = port_of({"PORT": "65534"})

    check_ports(layout("monolith", port))
    needed = f"PORT=65534 is too high: {len(SERVICES)} ports in a row are needed"
    with pytest.raises(ProcessError, match=needed):
        check_ports(layout("services", port))


def test_a_busy_port_is_named_with_another_one_that_is_free() -> None:
    first = free_port(14)
    plan = layout("services", first)
    check_ports(plan)

    message = rf"port {first + 2} is in use.*PORT={first + 10}"
    with socket.create_server(("127.0.0.1", first + 2)), pytest.raises(ProcessError, match=message):
        check_ports(plan)
    check_ports(plan)


def test_only_one_runs_in_a_folder(tmp_path: Path) -> None:
    places = RunPaths(tmp_path)
    places.make()

    with run_lock(places), pytest.raises(ProcessError, match="already running"):
        run_lock(places).__enter__()
    with run_lock(places):
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


class Recorder(Supervisor):
    """A supervisor that records its start calls, and refuses one of them."""

    def __init__(self, places: RunPaths) -> None:
        super().__init__(places)
        self.started: list[str] = []

    def start_one(self, program: Program) -> None:
        self.started.append(program.name)
        if len(self.started) == 2:
            raise ProcessError("it is on its way already")


def test_a_failing_process_is_reported_once_and_restarted_until_it_stays(
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

    def check(name: str, pid: int = 0) -> None:
        printed.extend(restarts.check({"web": State(name, pid, 0)}))
        clock[0] += RESTART_SECONDS / 2

    check("RUNNING", 7)
    assert supervisor.started == []
    for _ in range(6):
        check("FATAL")
    assert supervisor.started == ["web", "web"]
    for name in ("STARTING", "BACKOFF", "FATAL", "STARTING"):
        check(name)
    assert supervisor.started == ["web", "web", "web"]
    check("RUNNING", 8)
    check("RUNNING", 8)

    output = capsys.readouterr()
    assert output.err.count("hindsight: web keeps failing") == 1
    assert "    no such module" in output.err
    assert printed == ["web runs again."]
    check("FATAL")
    assert "hindsight: web keeps failing" in capsys.readouterr().err


def parse(topology: Topology, var: Path, port: int = 8000) -> ServerOptions:
    """The configuration as supervisor itself reads it."""
    places = RunPaths(var)
    places.make()
    places.config.write_text(supervisor_config(layout(topology, port), places))
    options = ServerOptions()
    options.realize(["-n", "-c", str(places.config)])
    return options


def test_the_monolith_is_one_web_process_and_a_worker_for_each_subscriber() -> None:
    plan = layout("monolith", 8000)

    assert [(program.name, program.port) for program in plan.programs] == [
        ("web", 8000),
        *((f"{service}-worker", None) for service in SUBSCRIBERS),
    ]
    assert SUBSCRIBERS[:3] == ("comments", "moderation", "query")
    assert plan.environment == {}
    assert not plan.of("posts")
    assert not any("SERVICES" in program.environment for program in plan.programs)


def test_services_have_a_web_process_and_a_worker_each() -> None:
    plan = layout("services", 9000)

    ports = {program.service: program.port for program in plan.webs}
    assert ports == {service: 9000 + offset for offset, service in enumerate(SERVICES)}
    assert SERVICES[:4] == ("query", "posts", "comments", "moderation")
    for service in SERVICES:
        web, worker = plan.of(service)
        assert web.environment == {"SERVICES": service, "PORT": str(web.port)}
        assert worker.environment == {"SERVICES": service}
    assert plan.environment["QUERY_URL"] == "http://{host}:9000"
    assert plan.environment["MODERATION_URL"] == "http://{host}:9003"


def test_a_worker_consumes_its_services_queue() -> None:
    [worker] = layout("monolith", 8000, "blog-").of("query")

    assert worker.command == (PYTHON, "-m", "config.worker", "blog-query")


def test_the_users_settings_come_first(tmp_path: Path) -> None:
    settings = {
        "QUERY_URL": "https://blog.example",
        "POSTS_URL": "",
        "SERVICES": "query",
        "THROTTLE_WRITES": "",
        "PATH": "/bin",
    }

    env = process_environment(layout("services", 8000), RunPaths(tmp_path), settings)

    assert env["QUERY_URL"] == "https://blog.example"
    assert env["POSTS_URL"] == "http://{host}:8001"
    assert env["THROTTLE_WRITES"] == ""
    assert env["VAR_DIR"] == str(tmp_path)
    assert env["PATH"].endswith(":/bin")
    assert "SERVICES" not in env


@pytest.mark.parametrize("topology", ["monolith", "services"])
def test_supervisor_understands_its_configuration(
    topology: Topology, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # as the real one does

    options = parse(topology, tmp_path)

    plan = layout(topology, 8000)
    groups = {group.name: group.process_configs for group in options.process_group_configs}
    assert set(groups) == {program.service for program in plan.programs}
    for program in plan.programs:
        [process] = [each for each in groups[program.service] if each.name == program.name]
        assert process.command.split() == list(program.command)
        assert process.environment == program.environment
        assert process.stdout_logfile == str(Path("log") / f"{program.name}.log")
    assert options.identifier == f"{topology}:8000"


def test_a_path_of_any_letters_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = tmp_path / 'my #1 "blog" %s 100% ;x'
    var.mkdir()
    monkeypatch.chdir(var)

    assert parse("monolith", var).process_group_configs


def test_a_socket_in_a_deep_folder_gets_a_short_path(tmp_path: Path) -> None:
    near = RunPaths(Path("/srv/var"))
    deep = RunPaths(tmp_path / "deep" / ("x" * MAX_SOCKET_PATH_BYTES))

    assert near.socket == Path("/srv/var/run/supervisor.sock")
    assert len(str(deep.socket)) <= MAX_SOCKET_PATH_BYTES
    assert deep.socket == RunPaths(deep.var).socket
    assert deep.socket != RunPaths(deep.var / "other").socket
    deep.make()
    assert deep.socket.parent.stat().st_mode & 0o077 == 0
    conf = RawConfigParser()
    conf.read_string(supervisor_config(layout("monolith", 8000), deep))
    assert conf["unix_http_server"]["file"] == str(deep.socket)


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        ("", "Hindsight is running.\n"),
        ("blog.example,127.0.0.1", "Hindsight is running.\n"),
        ("*", "Hindsight is running.\n"),
        ("blog.example, .old.example", "running for blog.example, .old.example: a proxy"),
    ],
)
def test_the_banner_names_the_hosts_that_it_responds_to(hosts: str, message: str) -> None:
    assert message in banner(layout("monolith", 8000), RunPaths(Path("/srv/var")), hosts)
