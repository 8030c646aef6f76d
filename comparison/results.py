"""The results file: ``{"schema": 1, "parts": {name: {"about": …, "results": …}}}``.

A run leaves its results in ``VAR_DIR/comparison/last_run.json``, each part in place of its last
ones. The repository keeps those of a full run in ``comparison/last_run.json``. What a part's
results hold is declared in its own ``results.py``; what all have in common is declared here.

A file may be of an older or a newer version: fields that are not known are passed over, and one
that is needed and missing raises ``msgspec.ValidationError``.
"""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.conf import settings

from comparison.formats import plain, size

SCHEMA = 1
NUMBERS = re.compile(r"\[[\d\s.,-]+\]")  # a line for all samples, and not one for each
KEPT = Path(__file__).with_name("last_run.json")

Struct = TypeVar("Struct")


class Named(msgspec.Struct, frozen=True):
    """What has a name in the file and a title for people: a way, an outage, a scenario."""

    name: str
    title: str


class Machine(msgspec.Struct, frozen=True):
    """``load``: how many processes wanted to run in the minute before the run."""

    processor: str = "an unknown processor"
    cores: int = 0
    memory_bytes: int = 0
    system: str = ""
    load: float = 0.0


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
        """The machine and the database: what has to be the same for figures to be compared."""
        machine = self.machine
        memory = size(machine.memory_bytes) if machine.memory_bytes else ""
        known = (machine.processor, f"{machine.cores} cores", memory, machine.system, self.database)
        return ", ".join(filter(None, known))

    @property
    def facts(self) -> dict[str, str]:
        """All of it by name."""
        return {
            "date": self.when,
            "command": self.command,
            "commit": self.commit or "–",
            "took": f"{self.seconds:,.0f} s",
            "load before": plain(self.machine.load),
            "machine and database": self.place,
            "versions": ", ".join(f"{name} {number}" for name, number in self.versions.items()),
        }


class Kept(NamedTuple):
    """A part as it stands in the file."""

    about: dict[str, Any]
    results: dict[str, Any]

    def read_about(self) -> About:
        return msgspec.convert(self.about, About)

    def read_results(self, schema: type[Struct]) -> Struct:
        return msgspec.convert(self.results, schema)


class _Part(msgspec.Struct):
    about: dict[str, Any]
    results: dict[str, Any]


class _File(msgspec.Struct):
    schema: int
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
    return "-".join(_version(path) for path in (KEPT, here()))


def read(path: Path) -> dict[str, Kept]:
    """The parts in this file; none where there is none, or it is not a results file."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError):
        return {}
    if file.schema != SCHEMA:
        return {}
    return {name: kept for name, part in file.parts.items() if (kept := _kept(part))}


def store(path: Path, parts: Mapping[str, Kept]) -> None:
    """Puts these parts in place of their last ones in this file."""
    all_parts = read(path) | dict(parts)
    everything = {name: kept._asdict() for name, kept in all_parts.items()}
    data = msgspec.json.encode({"schema": SCHEMA, "parts": everything})
    text = msgspec.json.format(data, indent=1).decode()
    text = NUMBERS.sub(lambda found: " ".join(found[0].split()), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A reader sees the old file or the new one, never half of it.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text + "\n")
    fresh.replace(path)


def _kept(part: Any) -> Kept | None:
    try:
        found = msgspec.convert(part, _Part)
    except msgspec.ValidationError:
        return None
    return Kept(found.about, found.results)


def _version(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "none"
    return f"{found.st_mtime_ns:x}.{found.st_size:x}"
