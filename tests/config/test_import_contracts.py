"""The architecture is a check that can fail: planted imports against its contracts are found."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BASE: Path = settings.BASE_DIR
LINT = Path(sys.executable).with_name("lint-imports")

PLANTED = {
    "posts/planted.py": ("from comments.models import Comment", "posts.planted -> comments.models"),
    "query/planted.py": (
        "def later():\n    import moderation.services",
        "query.planted -> moderation.services",
    ),
    "web/planted.py": ("from posts import services", "web.planted -> posts.services"),
    "eventstore/planted.py": ("import web.origins", "eventstore.planted -> web.origins"),
    "comments/planted.py": (
        "from eventstore.models import Event",
        "comments.planted -> eventstore.models",
    ),
    "moderation/planted.py": (
        "from eventstore import store",
        "moderation.planted -> eventstore.store",
    ),
    "query/worse.py": ("import eventstore.planted", "query.worse -> eventstore.planted"),
}


def lint(tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False, timeout=300
    )


def config() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(BASE / ".importlinter")
    return read


def listed(section: str, name: str) -> list[str]:
    return config()[section][name].split()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the check says of a copy of the tree in which all of these are planted."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(BASE / ".importlinter", tree)
    for package in listed("importlinter", "root_packages"):
        kept = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(BASE / package, tree / package, ignore=kept)
    for name, (code, _) in PLANTED.items():
        (tree / name).write_text(f"{code}\n")
    done = lint(tree)
    assert done.returncode == 1
    return done.stdout


def test_the_contracts_are_kept() -> None:
    done = lint(BASE)

    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("import_", [import_ for _, import_ in PLANTED.values()])
def test_an_import_against_them_is_found(planted: str, import_: str) -> None:
    assert import_ in planted


def test_nothing_else_is_found(planted: str) -> None:
    found = {line.split(" (")[0].strip("- ") for line in planted.splitlines() if " -> " in line}

    assert found == {import_ for _, import_ in PLANTED.values()}


def test_every_package_is_looked_at() -> None:
    ours = {path.parent.name for path in BASE.glob("*/__init__.py")}

    assert ours - {"tests"} == set(listed("importlinter", "root_packages"))
