"""On what was measured."""

import contextlib
import os
import platform
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from lab.bench import servers
from lab.bench.children import BASE

PACKAGES = ("Django", "celery", "kombu", "granian", "psycopg", "PyMySQL", "redis", "msgspec")


def machine() -> dict[str, Any]:
    """For JSON, and the head of the report."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "load_before": os.getloadavg()[0],
    }


def versions(databases: tuple[str, ...]) -> dict[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    found |= {package: version(package) for package in PACKAGES}
    if "postgresql" in databases:
        with servers.postgresql() as connection:
            found["postgresql"] = str(connection.info.server_version // 10_000)
    return found


def commit() -> str:
    """The commit that is checked out, and whether there are changes on top of it."""
    head = _git("rev-parse", "--short", "HEAD")
    if not head:
        return "unknown"
    return f"{head} with changes" if _git("status", "--porcelain") else head


def command() -> str:
    return " ".join(["python -m lab.bench", *sys.argv[1:]])


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=BASE, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    with contextlib.suppress(OSError):
        for entry in Path("/proc/cpuinfo").read_text().splitlines():
            if entry.startswith("model name"):
                return entry.partition(":")[2].strip()
    return platform.processor() or platform.machine()
