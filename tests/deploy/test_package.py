"""``pip install .`` brings a command that does, in any folder, what make does in a checkout."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import httpx
import psutil
import pytest

from config.processes.paths import BASE
from lab.stack import free_port
from tests.running import assert_gone, wait_until_output

pytestmark = pytest.mark.xdist_group("processes")

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
SECONDS = 120
SWAGGER = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
NEEDED = "/", "/static/hindsight.css", "/comparison/", "/api/docs/", SWAGGER, "/admin/login/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the files of this checkout, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([*PIP, "wheel", *options, str(BASE)], check=True, timeout=SECONDS)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def hindsight(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in a virtual environment that takes the requirements from ours."""
    root = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    [packages] = root.glob("lib/python*/site-packages")
    (packages / "requirements.pth").write_text(sysconfig.get_path("purelib"))
    where = ("--python", str(root / "bin" / "python"))
    offline = ("--no-deps", "--no-index", "--no-compile")
    subprocess.run([*PIP, *where, "install", *offline, str(wheel)], check=True, timeout=SECONDS)
    return root / "bin" / "hindsight"


@pytest.fixture
def environment() -> dict[str, str]:
    """As a user's shell has it: nothing in it leads to this checkout."""
    ours = ("_URL", "_DIR", "PYTHONPATH", "DJANGO_SETTINGS_MODULE")
    inherited = {name: each for name, each in os.environ.items() if not name.endswith(ours)}
    return {**inherited, "DATABASE_URL": "sqlite:///data/{alias}.sqlite3"}


def call(
    hindsight: Path, folder: Path, environment: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [hindsight, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_a_wheel_has_what_the_program_reads_and_nothing_of_its_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    packed = {name.removeprefix("hindsight/") for name in names if name.startswith("hindsight/")}
    only_here = {"tests", "docs", "deploy", "var"}
    folders = [each for each in BASE.iterdir() if each.is_dir() and each.name[0] != "."]
    needed = {
        str(path.relative_to(BASE))
        for folder in folders
        if folder.name not in only_here
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert needed - packed == set()
    assert {name.split("/")[0] for name in packed}.isdisjoint({"tests", "docs", "var", ".venv"})
    assert {name.split("/")[0].split("-")[0] for name in names} == {"hindsight"}
    assert not [name for name in names if str(BASE) in ZipFile(wheel).read(name).decode("latin-1")]


def test_its_dependencies_are_those_of_requirements_txt(wheel: Path) -> None:
    [metadata] = [name for name in ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    lines = ZipFile(wheel).read(metadata).decode().splitlines()
    required = {line.partition(": ")[2].lower() for line in lines if "Requires-Dist: " in line}
    written = (BASE / "requirements.txt").read_text().lower().replace("_client", "-client")

    assert required == {line for line in written.splitlines() if line and line[0] != "#"}


def test_the_command_lists_what_it_does(
    hindsight: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    listed = call(hindsight, tmp_path, environment, "--help")
    assert listed.returncode == 0
    for name in ("run", "run-services", "status", "stop", "start", "migrate", "demo", "manage"):
        assert f"    {name} " in listed.stdout or f"    {name}\n" in listed.stdout

    unknown = call(hindsight, tmp_path, environment, "fly")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("hindsight: ")
    assert unknown.stderr.count("\n") == 1
    nothing = call(hindsight, tmp_path, environment, "status")
    assert nothing.stderr == (
        "hindsight: nothing is running here: "
        "start it with hindsight run or hindsight run-services\n"
    )


@pytest.fixture
def running(
    hindsight: Path, tmp_path: Path, environment: dict[str, str]
) -> Iterator[tuple[str, Path]]:
    """``hindsight run`` in a folder of its user's: its address, and the folder."""
    port, output = free_port(4), tmp_path / "output"
    (tmp_path / "data").mkdir()
    with output.open("w") as file:
        process = psutil.Popen(
            [hindsight, "run"],
            cwd=tmp_path,
            env={**environment, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=file,
        )
    family: list[psutil.Process] = []
    try:
        wait_until_output(output, "Hindsight is running", process)
        family = process.children(recursive=True)
        yield f"http://127.0.0.1:{port}", tmp_path
    finally:
        process.terminate()
        process.wait(SECONDS)
        assert_gone(family)


def test_it_runs_and_its_page_has_its_looks(
    running: tuple[str, Path], hindsight: Path, environment: dict[str, str]
) -> None:
    address, folder = running

    assert {path: httpx.get(address + path).status_code for path in NEEDED} == dict.fromkeys(
        NEEDED, 200
    )
    assert len(list((folder / "data").glob("*.sqlite3"))) == 6
    assert (folder / "var" / "secret_key").exists()
    assert "hindsight status" in (folder / "output").read_text()
    stopped = call(hindsight, folder, environment, "stop", "moderation")
    assert stopped.stdout.splitlines()[0].endswith("hindsight start moderation starts it.")
    assert "moderation" in call(hindsight, folder, environment, "manage", "services").stdout
    assert call(hindsight, folder, environment, "manage", "check").returncode == 0
    again = call(hindsight, folder, environment, "migrate")
    assert (again.returncode, again.stdout) == (0, "")
    assert not list(hindsight.parents[1].rglob("*.sqlite3"))
