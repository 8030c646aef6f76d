"""The architecture is a check that can fail: planted imports that break a contract are reported."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.services import ALL_SERVICES

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
    "lab/planted.py": ("import lab.bench", "lab.planted -> lab.bench"),
    "lab/tour/planted.py": ("import lab.chaos", "lab.tour.planted -> lab.chaos"),
}
CIRCLE = {"web/heads.py": "import web.tails", "web/tails.py": "import web.heads"}
CIRCLE_REPORTS = {".heads -> .tails", ".tails -> .heads"}  # one of them breaks the circle
NEW_PACKAGE = "annex"


def lint(tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False, timeout=300
    )


def listed(section: str, name: str) -> list[str]:
    read = configparser.ConfigParser()
    read.read(BASE / ".importlinter")
    return read[section][name].split()


def unnamed(tree: Path) -> set[str]:
    """Packages of `tree` that the linter does not read, or that have no layer or no ancestor."""
    packages = {path.parent.name for path in tree.glob("*/__init__.py")} - {"tests"}
    return packages - (
        set(listed("importlinter", "root_packages"))
        & set(listed("importlinter:contract:floors", "layers"))
        & set(listed("importlinter:contract:circles", "ancestors"))
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our packages in which all of these are planted."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(BASE / ".importlinter", tree)
    for package in listed("importlinter", "root_packages"):
        kept = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(BASE / package, tree / package, ignore=kept)
    for name, code in [*((name, code) for name, (code, _) in PLANTED.items()), *CIRCLE.items()]:
        (tree / name).write_text(f"{code}\n")
    (tree / NEW_PACKAGE).mkdir()
    (tree / NEW_PACKAGE / "__init__.py").touch()
    return tree


@pytest.fixture(scope="module")
def report(tree: Path) -> set[str]:
    """What the linter lists of the planted tree, without line numbers."""
    done = lint(tree)
    assert done.returncode == 1
    return {line.split(" (")[0].strip("- ") for line in done.stdout.splitlines()}


@pytest.fixture(scope="module")
def found(report: set[str]) -> set[str]:
    """The imports that it lists."""
    return {line for line in report if " -> " in line}


def test_the_contracts_are_kept() -> None:
    done = lint(BASE)

    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("import_", [import_ for _, import_ in PLANTED.values()])
def test_an_import_against_them_is_found(found: set[str], import_: str) -> None:
    assert import_ in found


def test_a_circle_within_a_package_is_found(found: set[str]) -> None:
    assert found & CIRCLE_REPORTS


def test_nothing_else_is_found(found: set[str]) -> None:
    assert found - CIRCLE_REPORTS == {import_ for _, import_ in PLANTED.values()}


def test_a_module_of_a_service_that_no_layer_names_is_found(report: set[str]) -> None:
    assert {"posts.planted", "comments.planted", "moderation.planted", "query.planted"} <= report


def test_every_package_is_checked() -> None:
    assert unnamed(BASE) == set()


@pytest.mark.parametrize(
    ("contract", "name"),
    [
        ("services", "containers"),
        ("front-door", "source_modules"),
        ("comparison-page", "forbidden_modules"),
    ],
)
def test_the_contracts_of_services_are_of_all(contract: str, name: str) -> None:
    assert set(listed(f"importlinter:contract:{contract}", name)) >= set(ALL_SERVICES)


def test_a_package_that_no_layer_names_is_found(tree: Path) -> None:
    assert unnamed(tree) == {NEW_PACKAGE}
