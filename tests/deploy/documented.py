"""The settings that docs/settings.md lists: what a file in deploy/ may set."""

import re

from config.processes.paths import BASE


def documented_settings() -> set[str]:
    """The names in the first column of its tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", (BASE / "docs/settings.md").read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
