"""What the lab's programs print and record: their results, the machine, the code, the versions."""

import json
import os
import platform
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from config.processes.paths import BASE, work_folder

VAR = work_folder(os.environ) / "var"
WIDTH = 150  # of what is written to a file or a pipe
KEPT_RUN = "comparison/last_run.json"


def console() -> Console:
    """The terminal; a wide one, where it is a file or a pipe."""
    here = Console(highlight=False)
    if not here.is_terminal:
        here.width = WIDTH
    return here


def stop_on_sigterm() -> None:
    """As on Ctrl+C: what was started is ended, and what was found is shown."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def record(program: str, content: Mapping[str, Any]) -> Path:
    """Writes ``var/PROGRAM/<time>.json``; returns its path."""
    path = VAR / program / f"{timestamp()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def timestamp() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def about(program: str) -> dict[str, Any]:
    """How, when and where this run of ``python -m PROGRAM`` began. For JSON."""
    return {
        "command": " ".join([f"python -m {program}", *sys.argv[1:]]),
        "commit": commit() or "unknown",
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine(),
    }


def introduce(console: Console, about: Mapping[str, Any], more: str) -> None:
    """What ``about`` knows, as the first lines of a run."""
    on = about["machine"]
    parts = f"{on['processor']}, {on['cores']} cores", f"{on['memory_bytes'] / 1e9:.0f} GB"
    console.print(f"[bold]{about['command']}[/bold] at commit {about['commit']}{more}")
    console.print(", ".join((*parts, on["system"], f"load {on['load']:.1f}")))


def machine() -> dict[str, Any]:
    """For JSON. ``load`` is how many processes wanted to run in the minute before."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 1),
    }


def commit() -> str:
    """Short hash of the code that measures; "with changes" where files differ from it, other than
    the kept run. Empty where there is no git, or no repository."""
    found = _git("rev-parse", "--short", "HEAD")
    changed = found and _git("status", "--porcelain", "-uno", "--", ".", f":!{KEPT_RUN}")
    return f"{found}, with changes" if changed else found


def versions(packages: Iterable[str], sqlite: bool) -> dict[str, str]:
    """Of Python, of these packages, and of SQLite where that is used."""
    found = {"Python": platform.python_version(), **{each: version(each) for each in packages}}
    return found | ({"SQLite": sqlite3.sqlite_version} if sqlite else {})


def _git(*arguments: str) -> str:
    if not (git := shutil.which("git")):
        return ""
    done = subprocess.run([git, *arguments], cwd=BASE, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    """Linux has it in a file; elsewhere Python may know it."""
    with suppress(OSError):
        if found := re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M):
            return found[1]
    return platform.processor() or platform.machine()
