"""The options of the command line, and the sandboxes in which a run measures."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import servers
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox

INSIDE = "lab.bench.inside"
DATABASES = ("sqlite", "postgresql", "mariadb")
PARTS = ("appends", "log", "app", "status")
EPILOG = """
appends: what the services write, through outbox and relay. log: live catch-up, rebuild and its
memory. app: pages and API over HTTP, memory and idle CPU of each process. status: from a comment
to its final status, on each broker.
"""


@dataclass(frozen=True)
class Options:
    """``quick``: fewer samples and rounds."""

    databases: tuple[str, ...]
    parts: tuple[str, ...]
    events: int
    quick: bool

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 5

    def samples(self, full: int) -> int:
        """``full``, or a sixth of it where it has to be quick."""
        return max(5, full // 6) if self.quick else full


def parse_options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab.bench", epilog=EPILOG)
    add = parser.add_argument
    add("--only", choices=DATABASES, help="one database instead of all that respond")
    add("--part", choices=PARTS, action="append", help="one part (may be repeated)")
    add("--events", type=int, default=200_000, help="events in the log (200000)")
    add("--quick", action="store_true", help="a tenth of the log, fewer samples")
    chosen = parser.parse_args(arguments)
    if chosen.events < 1_000:
        parser.error("--events is at least 1000")
    return Options(
        databases=(chosen.only,) if chosen.only else ("sqlite", "postgresql"),
        parts=tuple(chosen.part or PARTS),
        events=chosen.events // 10 if chosen.quick else chosen.events,
        quick=chosen.quick,
    )


@contextmanager
def prepared(database: str) -> Iterator[Sandbox]:
    """Migrated databases of this kind, empty but for the administrator. Raises LabFailed."""
    url = "" if database == "sqlite" else servers.find(database)
    with sandbox(url, DJANGO_SETTINGS_MODULE=BLOG_SETTINGS) as box:
        box.prepare()
        yield box
