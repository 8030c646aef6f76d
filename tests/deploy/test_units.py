"""The systemd units: sound to systemd itself, and what they start is there."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from config.processes.__main__ import main
from config.processes.layout import SERVICES
from config.processes.paths import BASE
from tests.deploy.documented import documented_settings
from tests.needs import require

UNITS = sorted((BASE / "deploy/systemd").iterdir())
INSTANCES = [
    "hindsight-web@all",
    *(f"hindsight-{k}@{s}" for k in ("web", "worker") for s in SERVICES),
]
COMMAND = "/opt/hindsight/bin/hindsight"
MAX_EXPOSURE = 2.0  # of 10, by systemd's own scale


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    require("systemd-analyze", program := shutil.which("systemd-analyze"))
    return subprocess.run(
        [program or "", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with a command that this machine has."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        text = unit.read_text().replace(f"={COMMAND} ", "=/bin/true ")
        (folder / unit.name).write_text(text)
    return folder


def test_systemd_finds_no_fault(units: Path) -> None:
    names = ["hindsight.target", "hindsight-migrate.service", *(f"{i}.service" for i in INSTANCES)]

    done = analyze("verify", "--man=no", *(str(units / name) for name in names))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_fault_is_found(units: Path, tmp_path: Path) -> None:
    text = (units / "hindsight-web@.service").read_text()
    (tmp_path / "hindsight-web@.service").write_text(text.replace("Restart=always", "Restart=soon"))

    done = analyze("verify", "--man=no", str(tmp_path / "hindsight-web@all.service"))

    assert "Failed to parse service restart specifier" in done.stderr


@pytest.mark.parametrize("unit", ["hindsight-web@", "hindsight-worker@", "hindsight-migrate"])
def test_a_process_is_exposed_to_little(units: Path, unit: str) -> None:
    done = analyze("security", "--offline=true", "--no-pager", str(units / f"{unit}.service"))

    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= MAX_EXPOSURE


class Becomes(Exception):
    """What a unit's process would be."""


@pytest.fixture
def becomes(monkeypatch: pytest.MonkeyPatch) -> None:
    def execve(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        raise Becomes(" ".join(arguments[1:]), environment)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    for name in ("PORT", "SERVICES", "VAR_DIR", "QUEUE_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("instance", "part", "services"),
    [
        ("hindsight-web@all", "config.asgi:application --host 127.0.0.1 --port 8000", None),
        ("hindsight-web@query", "--port 8000", "query"),
        ("hindsight-web@posts", "--port 8001", "posts"),
        ("hindsight-web@comments", "--port 8002", "comments"),
        ("hindsight-web@moderation", "--port 8003", "moderation"),
        *((f"hindsight-worker@{each}", f"config.worker {each}", each) for each in SERVICES),
    ],
)
def test_an_instance_becomes_one_process(
    becomes: None, instance: str, part: str, services: str | None
) -> None:
    template, _, service = instance.partition("@")
    text = (BASE / "deploy/systemd" / f"{template}@.service").read_text()
    [command] = re.findall(rf"^ExecStart={COMMAND} (.+)$", text, re.MULTILINE)

    with pytest.raises(Becomes) as raised:
        main(command.replace("%i", service).split())

    arguments, environment = raised.value.args
    assert part in arguments
    assert environment.get("SERVICES") == services
    assert Path(environment["VAR_DIR"]).is_absolute()


def test_units_set_only_settings_that_there_are() -> None:
    lines: list[Any] = [
        word
        for unit in UNITS
        for line in re.findall(r"^Environment=(.+)$", unit.read_text(), re.MULTILINE)
        for word in line.split()
    ]
    assert lines
    assert {line.partition("=")[0] for line in lines} <= documented_settings()


def test_a_unit_of_another_is_there() -> None:
    named = {
        name
        for unit in UNITS
        for name in re.findall(r"hindsight[\w-]*@?\.(?:service|target)", unit.read_text())
    }
    assert named <= {unit.name for unit in UNITS}
