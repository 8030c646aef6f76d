"""A part on the page: its section, or why there is none."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from comparison.page import warnings
from comparison.page.sections.section import Section
from comparison.page.shapes.about import About
from comparison.results import Kept

log = logging.getLogger(__name__)

Shape = TypeVar("Shape")

UNFIT = (msgspec.MsgspecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading and drawing figures raises that are not as we know them."""


@dataclass(frozen=True)
class Kind:
    """``shape`` is what the results are read as; ``section`` is made of that."""

    name: str
    title: str
    asks: str
    shape: type
    section: Callable[[Any], Section]

    @property
    def command(self) -> str:
        return f"manage.py compare {self.name}"


@dataclass(frozen=True)
class Part:
    """``about`` and ``section`` are None where nothing was measured, or it cannot be read, which
    ``unreadable`` says."""

    kind: Kind
    about: About | None = None
    section: Section | None = None
    figures: Any = None
    unreadable: bool = False

    @property
    def warnings(self) -> list[str]:
        return warnings.of_run(self.about) if self.about else []


def read(data: dict[str, Any], shape: type[Shape]) -> Shape:
    """Raises one of UNFIT where the data is not of that shape."""
    return msgspec.convert(data, shape)


def part(kind: Kind, kept: Kept | None) -> Part:
    """Never raises for what stands in the file: an old or a partial one is no reason for an
    error, and no reason to hide the other parts."""
    if kept is None:
        return Part(kind)
    try:
        about = read(kept.about, About)
        figures: Any = read(kept.results, kind.shape)
        return Part(kind, about, kind.section(figures), figures)
    except UNFIT as error:
        log.warning("the results of %s cannot be shown: %s", kind.name, error)
        return Part(kind, unreadable=True)
