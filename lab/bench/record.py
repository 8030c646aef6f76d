"""The run as a file: with every sample, for whoever wants to compare later."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.bench.children import BASE
from lab.bench.figures import Figure


def record(about: dict[str, Any], figures: Sequence[Figure]) -> Path:
    """Write ``var/bench/<time>.json``; returns its path."""
    folder = BASE / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    content = {**about, "figures": [figure.as_dict() for figure in figures]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path
