"""The packages that we use: all are named and pinned, and none is known to be vulnerable."""

import json
import re
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from config.processes.paths import BASE
from tests.audit import FILES, Report, audited, loose
from tests.own import command, environment

# Refuses what is named first, then imports the rest, as a worker on this broker would.
IMPORT_ALL = """
import json, sys
from importlib.abc import MetaPathFinder

class Refusing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in missing:
            raise ModuleNotFoundError(f"requirements.txt does not bring {name}")

missing = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Refusing())
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
    command(env, "-c", IMPORT_ALL, json.dumps(foreign))


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


SOUND: Report = [{"name": "a", "version": "1", "vulns": []}]
SKIPPED: Report = [{"name": "a", "skip_reason": "Dependency not found"}]
HOLE = {"id": "CVE-1", "fix_versions": ["2", "3"], "aliases": [], "description": ""}
HOLED: Report = [{"name": "b", "version": "1", "vulns": [HOLE, {**HOLE, "fix_versions": []}]}]


def test_a_known_vulnerability_is_named_with_what_mends_it() -> None:
    found, summary = audited({"pypi": SOUND + HOLED}.__getitem__)

    assert found == [
        "b 1 is vulnerable: CVE-1, mended in 2, 3",
        "b 1 is vulnerable: CVE-1, mended in no version yet",
    ]
    assert summary == "2 packages audited, 2 vulnerabilities known."


def test_where_no_data_can_be_reached_it_does_not_report_success() -> None:
    nothing: Report = []
    for report in (nothing, SKIPPED):
        found, summary = audited(dict.fromkeys(("pypi", "osv"), report).__getitem__)
        assert found == []
        assert summary == "No data about vulnerabilities could be reached: nothing was audited."


def test_another_source_is_tried_for_what_one_does_not_know() -> None:
    known: dict[str, Report] = {"pypi": SKIPPED + HOLED, "osv": SOUND}
    assert audited(known.__getitem__)[1] == "2 packages audited, 2 vulnerabilities known."

    known = {"pypi": SKIPPED + HOLED, "osv": SKIPPED}
    assert audited(known.__getitem__)[1].endswith("Not audited: a.")


def test_every_requirement_is_pinned(tmp_path: Path) -> None:
    for name in FILES:
        assert loose(BASE / name) == []

    (tmp_path / "r.txt").write_text("-r other.txt\n# a==1\na==1 # why\nb[c]==1.2\nd\ne>=1\nf~=2\n")
    assert loose(tmp_path / "r.txt") == ["d", "e>=1", "f~=2"]
