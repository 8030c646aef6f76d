"""``python -m tests.audit``: checks the packages that we use.

Every requirement is pinned, what is installed fits together, and nothing has a known
vulnerability, as far as data about that can be reached: pip-audit tries one source after the other.
Where none responds, that is reported, and is no failure. Exit code 1 where something is wrong.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from config.processes.paths import BASE

FILES = ("requirements.txt", "requirements-otel.txt", "requirements-dev.txt")
PINNED = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.+!-]+( *;.*)?")
SOURCES = ("pypi", "osv")  # by their names in pip-audit
SECONDS = 300

Report = list[dict[str, Any]]
"""What pip-audit found of each package: ``name``, and ``version`` and ``vulns`` where it could be
audited."""


def main() -> int:
    wrong = [f"not pinned: {line}" for name in FILES for line in loose(BASE / name)]
    wrong += misfits()
    known, summary = audited(report_of)
    for line in (*wrong, *known):
        print(line, file=sys.stderr)
    print(summary)
    return 1 if wrong or known else 0


def loose(file: Path) -> list[str]:
    """The requirements in the file that any version would do for."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and line[0] != "-" and not PINNED.fullmatch(line)]


def misfits() -> list[str]:
    """The report of ``pip check``."""
    done = _run("pip", "check")
    return done.stdout.splitlines() if done.returncode else []


def report_of(source: str) -> Report:
    """All that is installed here, as this source knows it; nothing where it does not respond."""
    options = ("--format", "json", "--progress-spinner", "off", "--vulnerability-service", source)
    try:
        return list(json.loads(_run("pip_audit", *options).stdout)["dependencies"])
    except (json.JSONDecodeError, subprocess.TimeoutExpired):
        return []


def audited(report_of: Callable[[str], Report]) -> tuple[list[str], str]:
    """The known vulnerabilities, and a summary of what was audited. pip-audit itself reports
    that none is known where it could look up no package at all."""
    looked: dict[str, Any] = {}
    skipped: set[str] = set()
    for source in SOURCES:
        report = report_of(source)
        looked |= {each["name"]: each for each in report if "vulns" in each}
        skipped = {each["name"] for each in report} - looked.keys()
        if looked and not skipped:
            break
    found = list(_found(looked.values()))
    if not looked:
        return [], "No data about vulnerabilities could be reached: nothing was audited."
    summary = f"{len(looked)} packages audited, {len(found)} vulnerabilities known."
    if skipped:
        summary += f" Not audited: {', '.join(sorted(skipped))}."
    return found, summary


def _found(looked: Iterable[dict[str, Any]]) -> Iterable[str]:
    for package in looked:
        for known in package["vulns"]:
            mended = ", ".join(known["fix_versions"]) or "no version yet"
            name = f"{package['name']} {package['version']}"
            yield f"{name} is vulnerable: {known['id']}, mended in {mended}"


def _run(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=BASE,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
