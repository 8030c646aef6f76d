"""Packages of Node's, installed once, exactly as a lock file has them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from lab.errors import LabFailed

LOCK = "package-lock.json"
INSTALL_SECONDS = 300


@cache
def missing() -> str:
    """What this machine lacks for it, by name; empty where nothing does."""
    absent = [name for name in ("node", "npm") if not shutil.which(name)]
    return f"{' and '.join(absent)} was not found" if absent else ""


def install(code: Path, folder: Path) -> None:
    """Into ``folder``/node_modules, unless that is there already: the packages that ``code`` names
    and locks. Raises LabFailed."""
    modules, locked = folder / "node_modules", (code / LOCK).read_bytes()
    if modules.exists() and (folder / LOCK).read_bytes() == locked:
        return
    if problem := missing():
        raise LabFailed(problem)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOCK).unlink(missing_ok=True)
    shutil.copy(code / "package.json", folder)
    (folder / LOCK).write_bytes(locked)
    command = (shutil.which("npm") or "", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode:
        shutil.rmtree(modules, ignore_errors=True)
        raise LabFailed(f"npm ci failed:\n{done.stderr[-2_000:]}")
