"""What is kept of a run: ``var/chaos/<time>.json``, and the logs of a bad one."""

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.bench.children import BASE
from lab.chaos.result import Result

FOLDER = BASE / "var" / "chaos"


def record(about: dict[str, Any], results: Sequence[Result]) -> Path:
    """Write it down; returns where."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{_now()}.json"
    content = {**about, "runs": [result.as_dict() for result in results]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def keep_logs(stack: str, var: Path) -> Path:
    """Copy the processes' logs out of ``var``; returns where to."""
    folder = FOLDER / f"{_now()}-{stack}"
    shutil.copytree(var / "log", folder)
    return folder


def _now() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
