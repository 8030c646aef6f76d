"""The options of the command line, and the sandboxes in which a run measures."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lab import servers
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox

Number = TypeVar("Number", int, float)
INSIDE = "lab.bench.inside"
DATABASES = ("sqlite", "postgresql", "mariadb")
ROUNDS, QUICK_ROUNDS = 6, 2  # 6 is the least whose interval has a confidence of 95 %
MIN_EVENTS = 1_000


@dataclass(frozen=True)
class Options:
    """``databases`` are those that respond. ``quick``: fewer rounds, smaller sizes, SQLite alone.
    ``report``: a recorded run to print, instead of measuring; its curves are drawn in ``draw``."""

    databases: tuple[str, ...]
    parts: tuple[str, ...]
    events: int
    quick: bool
    report: Path | None = None
    draw: Path | None = None

    @property
    def rounds(self) -> int:
        return QUICK_ROUNDS if self.quick else ROUNDS

    def samples(self, full: int) -> int:
        """``full``, or a sixth of it where it has to be quick."""
        return max(5, full // 6) if self.quick else full

    def pick(self, full: Number, quick: Number) -> Number:
        """A size: ``full``, or ``quick`` where it has to be quick."""
        return quick if self.quick else full


def parse_options(
    parts: Sequence[tuple[str, str, bool]], arguments: list[str] | None = None
) -> Options:
    """``parts``: name, what each measures, and whether a quick run has it. Exits with 2 where the
    arguments are wrong."""
    epilog = "parts (a quick run has those with a *):\n" + "\n".join(
        f"{'*' if is_quick else ' '} {name:<10} {what}" for name, what, is_quick in parts
    )
    parser = argparse.ArgumentParser(
        prog="python -m lab.bench",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add, names = parser.add_argument, [name for name, _, _ in parts]
    add("--only", choices=DATABASES, help="one database instead of SQLite and PostgreSQL")
    add("--part", choices=names, action="append", help="one part (may be repeated)")
    add("--events", type=int, default=200_000, help="events in the log (200000)")
    add("--quick", action="store_true", help="fewer rounds, smaller sizes, a tenth of the log")
    add("--report", type=Path, metavar="FILE", help="prints a recorded run as Markdown")
    add("--draw", type=Path, metavar="FOLDER", help="with --report: draws its curves as SVG")
    chosen = parser.parse_args(arguments)
    if chosen.events < MIN_EVENTS:
        parser.error(f"--events is at least {MIN_EVENTS}")
    if chosen.report and not chosen.report.is_file():
        parser.error(f"--report: there is no file {chosen.report}")
    if chosen.draw and not (chosen.report and chosen.draw.is_dir()):
        parser.error("--draw needs --report, and a folder that exists")
    quick_names = [name for name, _, is_quick in parts if is_quick]
    databases = ("sqlite",) if chosen.quick else ("sqlite", "postgresql")
    return Options(
        databases=(chosen.only,) if chosen.only else databases,
        parts=tuple(chosen.part or (quick_names if chosen.quick else names)),
        events=chosen.events // 10 if chosen.quick else chosen.events,
        quick=chosen.quick,
        report=chosen.report,
        draw=chosen.draw,
    )


@contextmanager
def prepared(database: str) -> Iterator[Sandbox]:
    """Migrated databases of this kind, empty but for the administrator. Raises LabFailed.

    SQLite's files are migrated once in a run and then written from memory: migrating takes five
    seconds of processor time."""
    url = "" if database == "sqlite" else servers.find(database)
    with sandbox(url, DJANGO_SETTINGS_MODULE=BLOG_SETTINGS) as box:
        if database == "sqlite" and _migrated:
            for name, content in _migrated.items():
                (box.var / name).write_bytes(content)
        else:
            box.prepare()
        if database == "sqlite" and not _migrated:
            _migrated.update({path.name: path.read_bytes() for path in box.var.glob("*.sqlite3")})
        yield box


_migrated: dict[str, bytes] = {}
