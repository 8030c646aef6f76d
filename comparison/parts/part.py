"""A part of the comparison: what ``manage.py compare`` can measure and show."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from comparison.lab import Lab

Results = dict[str, Any]
"""JSON-ready. Times in ``…_ms``, sizes in ``…_bytes``, shares from 0 to 1."""

Say = Callable[[str], None]
"""What the part is at now: one short line."""


@dataclass(frozen=True)
class Options:
    """``quick``: a glance in a few seconds; fewer sizes, fewer rounds, the same code."""

    quick: bool = False


@dataclass(frozen=True)
class Part:
    """``run`` measures; ``tables`` draws what was measured, from the results alone."""

    name: str
    title: str
    run: Callable[[Lab, Options, Say], Results]
    tables: Callable[[Results], Iterable[Table]]
