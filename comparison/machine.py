"""What a run says about itself: when, how, on what machine, with which versions."""

from datetime import UTC, datetime
from typing import Any

from lab.machine import commit, machine, versions

PACKAGES = ("Django", "djangorestframework", "granian", "celery", "msgspec")


def about(command: str, quick: bool, database: str) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "quick": quick,
        "database": database,
        "commit": commit(),
        "machine": machine(),
        "versions": versions(PACKAGES, sqlite=database == "sqlite"),
    }
