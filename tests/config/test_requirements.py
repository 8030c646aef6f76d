"""What running needs is in requirements.txt, whatever tests and checks bring along."""

import json
import re
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from config.processes.paths import BASE
from tests.own import command, environment

# Refuses what is named first, then imports the rest, as a worker on this broker would.
LOOK = """
import json, sys
from importlib.abc import MetaPathFinder

class Nobody(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in missing:
            raise ModuleNotFoundError(f"requirements.txt does not bring {name}")

missing = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Nobody())
import django
django.setup()
from django.urls import get_resolver
from config.celery import app
get_resolver().url_patterns
app.connection().transport
"""


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"BROKER_URL": "redis://localhost:1"},
        {"BROKER_URL": "amqp://localhost:1"},
        {"DATABASE_URL": "postgres://localhost/{alias}"},
        {"DATABASE_URL": "mysql://localhost/{alias}"},
    ],
    ids=["embedded", "redis", "amqp", "postgresql", "mariadb"],
)
def test_it_runs_on_what_the_requirements_bring(tmp_path: Path, settings: dict[str, str]) -> None:
    needed = closure((BASE / "requirements.txt").read_text().splitlines())
    foreign = [
        module
        for module, names in packages_distributions().items()
        if not needed & {canonical(name) for name in names}
    ]
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="config.settings", **settings)
    command(env, "-c", LOOK, json.dumps(foreign))


def closure(lines: list[str]) -> set[str]:
    """The names of these requirements and of all that they require in turn."""
    found: set[tuple[str, str]] = set()
    left = [Requirement(line) for line in lines if line and not line.startswith("#")]
    while left:
        wanted = left.pop()
        for extra in ("", *wanted.extras):
            if (canonical(wanted.name), extra) in found:
                continue
            found.add((canonical(wanted.name), extra))
            for line in distribution(wanted.name).requires or []:
                further = Requirement(line)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    left.append(further)
    return {name for name, _ in found}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
