"""Dockerfile and compose file, as far as that can be checked without Docker: what they name exists,
and fits together."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from config.processes.__main__ import _options
from config.processes.layout import SERVICES
from config.processes.paths import BASE
from tests.deploy.documented import documented_settings

DOCKER = BASE / "deploy/docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
INSTRUCTION = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)$", re.MULTILINE)
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, each in CONTAINERS.items() if each["image"] == "hindsight"]


def instructions(name: str) -> list[str]:
    found = INSTRUCTION.findall(DOCKERFILE)
    return [rest.replace("\\\n", " ") for each, rest in found if each == name]


def ignored(path: str) -> bool:
    """Whether it is left out of the build, as ``Dockerfile.dockerignore`` says it."""
    kept = re.findall(r"^!(.+)$", (DOCKER / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    return path not in kept


def test_the_build_gets_what_the_package_needs_and_no_secret() -> None:
    wheel = tomllib.loads((BASE / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]
    packed = {*wheel["wheel"]["only-include"], *wheel["wheel"]["force-include"]}
    needed = packed | {"pyproject.toml", "README.md", "requirements.txt"}

    assert packed >= {"templates", "manage.py", "hindsight.py"}
    assert [name for name in sorted(needed) if ignored(name)] == []
    assert all(map(ignored, ("var", ".git", ".venv", "deploy", "tests")))
    kept = re.findall(r"^!(.+)$", (DOCKER / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert [name for name in kept if not (BASE / name).exists()] == []


def test_the_image_runs_as_a_user_of_its_own() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    after = last[last.index("\nUSER hindsight\n") :]

    assert "useradd --system" in last
    assert "\nRUN " not in after
    assert {"CMD", "ENTRYPOINT", "HEALTHCHECK", "WORKDIR"} <= set(
        re.findall(r"^[A-Z]+", after, re.M)
    )
    assert len(instructions("FROM")) == 2
    assert len({line.split()[0] for line in instructions("FROM")}) == 1, (
        "one Python builds and runs"
    )


def test_the_health_check_is_python_and_asks_the_port_that_is_served() -> None:
    [check] = instructions("HEALTHCHECK")
    program, option, code = json.loads(check.partition("CMD ")[2])

    assert (program, option) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert "http://127.0.0.1:8000/healthz" in code
    assert "8000" in instructions("EXPOSE")[0].split()


def test_variables_of_image_and_containers_are_settings() -> None:
    assigned = {
        name for line in instructions("ENV") for name in re.findall(r"([A-Z]+_?[A-Z]*)=", line)
    }
    own = {name for each in OURS for name in CONTAINERS[each]["environment"]}

    assert assigned - {"PATH", "PYTHONUNBUFFERED"} <= documented_settings()
    assert own <= documented_settings()


def commands() -> Iterator[list[str]]:
    yield json.loads(instructions("CMD")[0])
    for name in OURS:
        if CONTAINERS[name].get("entrypoint") != ["sh", "-ec"]:
            yield CONTAINERS[name]["command"]
            continue
        for line in CONTAINERS[name]["command"][0].splitlines():
            first, *rest = line.split()
            assert first == "hindsight"
            yield rest


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_is_one_of_ours(command: list[str]) -> None:
    if command[0] == "manage":
        assert command[1] in get_commands()
    elif command != ["migrate"]:
        assert _options(command, {}).command in ("web", "worker")


def test_images_of_others_are_of_one_version() -> None:
    images = {each["image"] for each in CONTAINERS.values()} | {
        line.split()[0] for line in instructions("FROM")
    }
    assert {image for image in images if not re.search(r":[\d.]+", image)} == {"hindsight"}


def test_each_service_has_a_worker_and_what_one_depends_on_is_there() -> None:
    assert {f"{service}-worker" for service in SERVICES} < CONTAINERS.keys()
    for each in CONTAINERS.values():
        for name, how in each.get("depends_on", {}).items():
            other = CONTAINERS[name]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in other or name == "web"  # the image's
            else:
                assert other["restart"] == "no"


def test_files_and_volumes_that_are_mounted_exist() -> None:
    made_by_hand = {"./tls"}  # as deploy/README.md says
    for each in CONTAINERS.values():
        for volume in each.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert source in made_by_hand or (DOCKER / source).exists(), source
            else:
                assert source in COMPOSE["volumes"]
    assert (DOCKER / COMPOSE["x-hindsight"]["build"]["context"]).resolve() == BASE
    assert (BASE / COMPOSE["x-hindsight"]["build"]["dockerfile"]).exists()


def test_nginx_reaches_the_web_container_and_its_static_files() -> None:
    [server] = re.findall(r"server (\S+);", (DOCKER / "upstreams.conf").read_text())
    own = CONTAINERS["web"]["command"]
    nginx = (BASE / "deploy/nginx/hindsight.conf").read_text()
    mounts = {target: source for source, target, _ in _mounts("nginx")}

    assert server == "web:8000"
    assert own[own.index("--host") + 1] == "0.0.0.0"
    for path in re.findall(r"(?:include|alias|ssl_certificate|ssl_certificate_key) (/\S+);", nginx):
        assert [each for each in mounts if Path(path).is_relative_to(each)], path
    assert mounts["/var/lib/hindsight/static"] == "static"
    assert "STATIC_ROOT=/srv/static" in instructions("ENV")[0]
    assert ("static", "/srv/static") in [mount[:2] for mount in _mounts("migrate")]


def _mounts(container: str) -> list[tuple[str, ...]]:
    return [tuple(f"{mount}:".split(":")[:3]) for mount in CONTAINERS[container]["volumes"]]
