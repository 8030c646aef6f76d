"""The results file: ``{"schema": 1, "parts": {name: {"about": …, "results": …}}}``.

A run leaves its results in ``VAR_DIR/comparison/last_run.json``, each part in place of its last
ones. The repository keeps those of a full run in ``comparison/last_run.json``. What one part's
results hold is declared in its own ``results.py``.

A file may be of an older or a newer version: fields that are not known are passed over, and one
that is needed and missing raises ``msgspec.ValidationError``.
"""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
from django.conf import settings

from comparison.formats import size

SCHEMA: Final = 1
NUMBERS = re.compile(r"\[[\d\s.,-]+\]")  # a line for all samples, and not one for each
KEPT = Path(__file__).with_name("last_run.json")

Row = TypeVar("Row")


class Named(msgspec.Struct, frozen=True):
    """What has a name in the file and a title for people: a way, an outage, a scenario."""

    name: str
    title: str


def find(rows: Iterable[Row], **wanted: object) -> Row | None:
    """The first row whose attributes equal these."""
    for row in rows:
        if all(getattr(row, name) == value for name, value in wanted.items()):
            return row
    return None


def named(each: Iterable[Any]) -> list[Named]:
    """Names and titles alone, for the file."""
    return [Named(one.name, one.title) for one in each]


def title_of(name: str, among: Iterable[Named]) -> str:
    """The name itself where it has none."""
    return next((each.title for each in among if each.name == name), name)


class Machine(msgspec.Struct, frozen=True):
    """``load``: how many processes wanted to run in the minute before the run."""

    processor: str = "an unknown processor"
    cores: int = 0
    memory_bytes: int = 0
    system: str = ""
    load: float = 0.0

    @property
    def short(self) -> str:
        return f"{self.processor}, {self.cores} cores"


class About(msgspec.Struct, frozen=True):
    """When, how and where a part was measured."""

    date: str = ""
    command: str = ""
    commit: str = ""
    quick: bool = False
    database: str = ""
    seconds: float = 0.0
    machine: Machine = Machine()
    versions: dict[str, str] = {}

    @property
    def when(self) -> str:
        """``24 Nov 2026, 07:43 UTC``; as it stands in the file, where that is no date."""
        try:
            at = datetime.fromisoformat(self.date)
        except ValueError:
            return self.date
        return f"{at.day} {at:%b %Y, %H:%M} {at.tzname() or ''}".strip()

    @property
    def place(self) -> str:
        machine = self.machine
        memory = size(machine.memory_bytes) if machine.memory_bytes else ""
        return ", ".join(filter(None, (machine.short, memory, machine.system, self.database)))

    @property
    def is_busy(self) -> bool:
        """The machine was, which makes the figures less reliable."""
        return 0 < self.machine.cores < self.machine.load


class Kept(msgspec.Struct, frozen=True):
    """A part as it stands in the file."""

    about: dict[str, Any]
    results: dict[str, Any]

    def read_about(self) -> About:
        return msgspec.convert(self.about, About)


class _File(msgspec.Struct):
    schema: Literal[1]
    parts: dict[str, Any]


def here() -> Path:
    """Where this machine's last run is."""
    return Path(settings.VAR_DIR) / "comparison" / KEPT.name


def load() -> dict[str, Kept]:
    """Of each part this machine's last full run, else the repository's."""
    measured = {name: kept for name, kept in read(here()).items() if not kept.about.get("quick")}
    return read(KEPT) | measured


def version() -> str:
    """Another one as soon as ``load()`` may find something else."""
    found = []
    for path in (KEPT, here()):
        with suppress(OSError):
            found.append(f"{path.stat().st_mtime_ns:x}.{path.stat().st_size:x}")
    return "-".join(found)


def read(path: Path) -> dict[str, Kept]:
    """The parts in this file; none where there is none, or it is not a results file."""
    found = {}
    with suppress(OSError, msgspec.MsgspecError):
        for name, part in msgspec.json.decode(path.read_bytes(), type=_File).parts.items():
            with suppress(msgspec.ValidationError):
                found[name] = msgspec.convert(part, Kept)
    return found


def store(path: Path, parts: Mapping[str, Kept]) -> None:
    """Puts these parts in place of their last ones in this file."""
    file = msgspec.json.encode(_File(SCHEMA, read(path) | dict(parts)))
    text = msgspec.json.format(file, indent=1).decode()
    text = NUMBERS.sub(lambda found: " ".join(found[0].split()), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A reader sees the old file or the new one, never half of it.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text + "\n")
    fresh.replace(path)
