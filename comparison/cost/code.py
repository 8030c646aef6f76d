"""Counts what the code costs: its lines by purpose (``code.toml``), and the files that a new field
of a comment touches. Read off the source; tests, measurements and the tour are left out."""

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec

from comparison.cost.results import File, FileGroup, Files, Lines, LinesOf, Touched, TouchedOf
from config.processes.paths import BASE
from lab.lines import code_words, count_lines

COLUMNS = ("one", "modules", "services")
PURPOSES: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
"""``source``, ``plain``, ``not_in_plain``, ``fields``, ``groups``: the file says what each is."""


def code() -> LinesOf:
    """The lines of code of each column, as sums of its groups."""
    groups, cells = [], []
    blog = _counted(PURPOSES["source"]).files
    for group in PURPOSES["groups"]:
        files = [file for file in blog if group_of(file.path) is group]
        counted = {**group, "lines": _sum(files), "files": files}
        groups.append(msgspec.convert(counted, FileGroup))
    for column in COLUMNS:
        files = [file for group in groups if column in group.columns for file in group.files]
        cells.append(Lines(column, _sum(files), len(files)))
    return LinesOf(cells, groups, _counted(PURPOSES["plain"]))


def touched() -> TouchedOf:
    """A migration that names the fields represents a new one in its place."""
    services = naming(source(PURPOSES["source"]))
    missing = [path for path in services if _matches(path, PURPOSES["not_in_plain"])]
    found = (naming(source(PURPOSES["plain"])) + missing, services, services)
    cells = [Touched(name, len(files), files) for name, files in zip(COLUMNS, found, strict=True)]
    return TouchedOf(cells, PURPOSES["fields"])


def naming(paths: Iterable[str]) -> list[str]:
    """Those whose code has all of the fields' words."""
    return [path for path in paths if code_words(BASE / path).issuperset(PURPOSES["fields"])]


def source(patterns: Iterable[str]) -> list[str]:
    """Paths from the project's folder."""
    found = (path for pattern in patterns for path in sorted(BASE.glob(pattern)))
    return [path.relative_to(BASE).as_posix() for path in found]


def group_of(path: str) -> dict[str, Any]:
    groups: list[dict[str, Any]] = PURPOSES["groups"]
    return next(group for group in groups if _matches(path, group["patterns"]))


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def _counted(patterns: Iterable[str]) -> Files:
    """Files without code, as an empty ``__init__.py``, are left out."""
    counted = (File(path, count_lines(BASE / path)) for path in source(patterns))
    files = [file for file in counted if file.lines]
    return Files(_sum(files), files)


def _sum(files: Iterable[File]) -> int:
    return sum(file.lines for file in files)
