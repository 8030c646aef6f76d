"""Results, kept as JSON: ``{"schema": 1, "parts": {name: {"about": …, "results": …}}}``.

A run leaves them in ``VAR_DIR/comparison/last_run.json``, each part in place of its last one. The
repository keeps those of a full run in ``comparison/last_run.json``.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

SCHEMA = 1
NUMBERS = re.compile(r"\[[\d\s.,-]+\]")  # a line for all samples, and not one for each
KEPT = Path(__file__).with_name("last_run.json")


class Kept(NamedTuple):
    """Of one part: when, how and where it was measured, and what."""

    about: dict[str, Any]
    results: dict[str, Any]


class File(msgspec.Struct):
    schema: int
    parts: dict[str, Any]


class Stored(msgspec.Struct):
    """A part, as it stands in the file."""

    about: dict[str, Any]
    results: dict[str, Any]


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
    """The parts in this file; none where there is none, or one that is not as ours are."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=File)
    except (OSError, msgspec.MsgspecError):
        return {}
    if file.schema != SCHEMA:
        return {}
    return {name: kept for name, part in file.parts.items() if (kept := _kept(part))}


def store(path: Path, parts: Mapping[str, Kept]) -> None:
    """Puts these parts in place of their last ones in this file."""
    all_parts = read(path) | dict(parts)
    everything = {name: kept._asdict() for name, kept in all_parts.items()}
    text = json.dumps({"schema": SCHEMA, "parts": everything}, ensure_ascii=False, indent=1)
    text = NUMBERS.sub(lambda found: " ".join(found[0].split()), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whoever reads it meanwhile sees the old one or the new one.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text + "\n")
    fresh.replace(path)


def _kept(part: Any) -> Kept | None:
    try:
        stored = msgspec.convert(part, Stored)
    except msgspec.ValidationError:
        return None
    return Kept(stored.about, stored.results)


def _version(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "none"
    return f"{found.st_mtime_ns:x}.{found.st_size:x}"
