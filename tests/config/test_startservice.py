"""A service that is added years later: one command, one line, and it knows the whole history."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import ManagementUtility

from config.processes.paths import BASE
from config.services import ALL_SERVICES
from tests.own import environment

NAME = "stats"
SECONDS = 300  # that any command may take on a busy machine
LEFT_OUT = shutil.ignore_patterns("var", ".git", ".venv", "__pycache__", ".*_cache", "*.pyc")

HISTORY = """
import django
django.setup()
from comments import services as comments
from posts import services as posts
from tests.histories import settle

post = posts.create_post("A title", "A body")
settle()
for author, content in (("Ann", "One"), ("Ann", "Two"), ("Ann", "An orange"), ("Ben", "Three")):
    last = comments.create_comment(post.id, author, content)
gone = comments.create_comment(post.id, "Cleo", "Four")
settle()
comments.delete_comment(gone.id)
settle()
"""
ONE_MORE = """
import django
django.setup()
from comments import services as comments
from comments.models import KnownPost
from tests.histories import settle

comments.create_comment(KnownPost.objects.get().pk, "Ben", "Five")
settle()
"""
# In a process that is the new service alone.
ALONE = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client

answer = Client().get("/api/stats/authors/", headers={"host": "localhost"})
print(json.dumps([list(settings.DATABASES), answer.status_code, answer.json()]))
"""
LAYOUT = """
import json
from config.processes.layout import layout
print(json.dumps({
    topology: {program.name: program.port for program in layout(topology, 8000).programs}
    for topology in ("monolith", "services")
}))
"""
Run = Callable[..., str]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with a history, and then with a service more."""
    copy = tmp_path_factory.mktemp("project") / "copy-of-hindsight"
    shutil.copytree(BASE, copy, ignore=LEFT_OUT)
    run = running_in(copy)
    run("-m", "lab.databases", "prepare")
    run("-c", HISTORY)
    run("manage.py", "startservice", NAME)
    services = copy / "config/services.py"
    last = f'    "{ALL_SERVICES[-1]}",\n'
    services.write_text(services.read_text().replace(last, f'{last}    "{NAME}",\n'))
    return copy


@pytest.fixture(scope="module")
def run(copy: Path) -> Run:
    return running_in(copy)


def running_in(copy: Path) -> Run:
    def run(*arguments: str, **variables: str) -> str:
        """What Python prints with these arguments, in the copy."""
        variables = {"DJANGO_SETTINGS_MODULE": "config.settings", **variables}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            env=environment(copy / "var", **variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_it_comes_online_on_a_store_with_history(run: Run) -> None:
    def answer() -> Any:
        return json.loads(run("-c", ALONE, SERVICES=NAME))

    def counts(**by_author: int) -> dict[str, Any]:
        return {"results": [{"author": a, "comments": n} for a, n in by_author.items()]}

    aliases = ["default", "eventstore", NAME]
    run("manage.py", "migrate", "--database", NAME)
    assert answer() == [aliases, 200, counts()]
    run("manage.py", "replay_events", NAME)
    assert answer() == [aliases, 200, counts(Ann=2, Ben=1)]
    run("-c", ONE_MORE)
    assert answer() == [aliases, 200, counts(Ann=2, Ben=2)]
    run("manage.py", "replay_events", NAME, "--verify")
    assert f"{NAME} " in run("manage.py", "services")


def test_it_has_a_worker_and_the_next_port(run: Run) -> None:
    programs = json.loads(run("-c", LAYOUT))
    assert programs["monolith"][f"{NAME}-worker"] is None
    assert programs["services"][f"{NAME}-worker"] is None
    assert programs["services"][f"{NAME}-web"] == 8000 + len(ALL_SERVICES)


def test_the_checks_know_it_and_find_nothing(run: Run, copy: Path) -> None:
    run("manage.py", "makemigrations", "--check", "--dry-run")
    run("-m", "ruff", "check", ".")
    run("-m", "ruff", "format", "--check", ".")
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    assert " 0 broken" in run("-c", lint)
    planted = copy / NAME / "planted.py"
    planted.write_text("import posts.models\n")
    try:
        with pytest.raises(AssertionError, match=rf"{NAME}\.planted -> posts\.models"):
            run("-c", lint)
    finally:
        planted.unlink()


def test_its_own_tests_and_those_of_all_services_pass(run: Run) -> None:
    """Of the latter, those that would miss an address of it, or a right."""
    of_all = (
        "test_permissions.py::test_the_table_is_complete",
        "test_permissions.py::test_who_may_do_what[superuser]",
        "test_schema.py::test_the_schema_knows_every_address",
    )
    tests = (f"tests/{NAME}", *(f"tests/web/{test}" for test in of_all))
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Stats", "cannot be a service's name"),
        ("2nd", "cannot be a service's name"),
        ("class", "cannot be a service's name"),
        ("a" * 16, "15 of them at most"),
        ("posts", "is taken"),
        ("json", "is taken"),
        ("auth", "is taken"),
        ("default", "is taken"),
        ("database", "is taken"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(
    capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", "startservice", name]).execute()
    out, err = capsys.readouterr()
    assert (exited.value.code, out, err.count("\n")) == (2, "", 1)
    assert why in err


def test_a_dry_run_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ManagementUtility(["manage.py", "startservice", NAME, "--dry-run"]).execute()
    out = capsys.readouterr().out
    assert f"would make {NAME}/models.py" in out
    assert "would change .importlinter" in out
    assert not (BASE / NAME).exists()
