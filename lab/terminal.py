"""Where the figures are printed."""

import signal
from typing import Any, NoReturn

from rich.console import Console

WIDTH = 150  # of what is written to a file or a pipe


def console() -> Console:
    """The terminal; a wide one, where it is a file or a pipe."""
    here = Console(highlight=False)
    return here if here.is_terminal else Console(highlight=False, width=WIDTH)


def stop_on_sigterm() -> None:
    """As on Ctrl+C: what was started is ended, and what was found is shown."""
    signal.signal(signal.SIGTERM, _stop)


def _stop(*_: Any) -> NoReturn:
    raise KeyboardInterrupt
