"""What a run says about itself: when, how, on what machine, with which versions."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings

KEPT = "comparison/last_run.json"
PACKAGES = ("Django", "djangorestframework", "granian", "celery", "msgspec")


def about(command: str, quick: bool, database: str) -> dict[str, Any]:
    """JSON-ready. ``load`` is how many processes wanted to run in the minute before: on a machine
    with other work to do, all times are longer."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "quick": quick,
        "database": database,
        "commit": commit(),
        "machine": machine(),
        "versions": versions(database),
    }


def commit() -> str:
    """Of the code that measures, short; with a word where files were changed since, what the
    comparison keeps apart. Empty where there is no git, or no repository."""
    found = _git("rev-parse", "--short", "HEAD")
    changed = found and _git("status", "--porcelain", "-uno", "--", ".", f":!{KEPT}")
    return f"{found}, with changes" if changed else found


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 1),
    }


def versions(database: str) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    found |= {package: version(package) for package in PACKAGES}
    return found | ({"SQLite": sqlite3.sqlite_version} if database == "sqlite" else {})


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if not git:
        return ""
    done = subprocess.run(  # noqa: S603 - its arguments are ours
        [git, *arguments], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _processor() -> str:
    """Linux says it in a file; elsewhere Python knows as much as there is to know."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
