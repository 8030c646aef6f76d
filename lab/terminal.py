"""Where the lab's programs print what they found, and where they record it."""

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from config.processes.paths import BASE

VAR = BASE / "var"
WIDTH = 150  # of what is written to a file or a pipe


def console() -> Console:
    """The terminal; a wide one, where it is a file or a pipe."""
    here = Console(highlight=False)
    return here if here.is_terminal else Console(highlight=False, width=WIDTH)


def stop_on_sigterm() -> None:
    """As on Ctrl+C: what was started is ended, and what was found is shown."""
    signal.signal(signal.SIGTERM, _stop)


def record(program: str, content: Mapping[str, Any]) -> Path:
    """Writes ``var/PROGRAM/<time>.json``; returns its path."""
    path = VAR / program / f"{timestamp()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def timestamp() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def _stop(*_: Any) -> NoReturn:
    raise KeyboardInterrupt
