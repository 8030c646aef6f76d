"""Which processes there are, and how supervisor is told of them. Nothing is started."""

from configparser import RawConfigParser
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from config.processes.layout import PYTHON, Topology, layout
from config.processes.paths import MAX_SOCKET_PATH_BYTES, RunPaths
from config.processes.runner import banner, process_environment
from config.processes.supervisor import supervisor_config


def parse(topology: Topology, var: Path, port: int = 8000) -> ServerOptions:
    """The configuration as supervisor itself reads it."""
    places = RunPaths(var)
    places.make()
    places.config.write_text(supervisor_config(layout(topology, port), places))
    options = ServerOptions()
    options.realize(["-n", "-c", str(places.config)])
    return options


def test_the_monolith_is_one_web_process_and_a_worker_for_each_listening_service() -> None:
    plan = layout("monolith", 8000)

    assert [(program.name, program.port) for program in plan.programs] == [
        ("web", 8000),
        ("comments-worker", None),
        ("moderation-worker", None),
        ("query-worker", None),
    ]
    assert plan.environment == {}
    assert not plan.of("posts")
    assert not any("SERVICES" in program.environment for program in plan.programs)


def test_services_have_a_web_process_and_a_worker_each() -> None:
    plan = layout("services", 9000)

    assert {program.service: program.port for program in plan.webs} == {
        "query": 9000,
        "posts": 9001,
        "comments": 9002,
        "moderation": 9003,
    }
    for service in ("query", "posts", "comments", "moderation"):
        web, worker = plan.of(service)
        assert web.environment == {"SERVICES": service, "PORT": str(web.port)}
        assert worker.environment == {"SERVICES": service}
    assert plan.environment["QUERY_URL"] == "http://{host}:9000"
    assert plan.environment["MODERATION_URL"] == "http://{host}:9003"


def test_a_worker_consumes_its_services_queue() -> None:
    [worker] = layout("monolith", 8000, "blog-").of("query")

    command = " ".join(worker.command)
    assert command.startswith(f"{PYTHON} -m celery -A config worker -Q blog-query -n query@%h")


def test_the_users_settings_come_first(tmp_path: Path) -> None:
    given = {
        "QUERY_URL": "https://blog.example",
        "POSTS_URL": "",
        "SERVICES": "query",
        "THROTTLE_WRITES": "",
        "PATH": "/bin",
    }

    env = process_environment(layout("services", 8000), RunPaths(tmp_path), given)

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
    ("hosts", "said"),
    [
        ("", "Hindsight is running.\n"),
        ("blog.example,127.0.0.1", "Hindsight is running.\n"),
        ("*", "Hindsight is running.\n"),
        ("blog.example, .old.example", "running for blog.example, .old.example: a proxy"),
    ],
)
def test_who_started_it_is_told_who_finds_it_there(hosts: str, said: str) -> None:
    assert said in banner(layout("monolith", 8000), RunPaths(Path("/srv/var")), hosts)
