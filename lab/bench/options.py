"""What a run measures, from the command line."""

import argparse
from dataclasses import dataclass

from lab.bench.servers import DATABASES

PARTS = ("appends", "log", "app", "status")

EPILOG = """
appends: what the services write, through outbox and relay. log: live catch-up, rebuild and its
memory. app: pages and API over HTTP, memory and idle CPU of each process. status: from a comment
to its final status, on each broker.
"""


@dataclass(frozen=True)
class Options:
    """``scale`` is 1 for a full run; samples and rounds follow from it."""

    databases: tuple[str, ...]
    parts: tuple[str, ...]
    events: int
    quick: bool

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 5

    def some(self, full: int) -> int:
        """``full`` samples, or a sixth of them where it has to be quick."""
        return max(5, full // 6) if self.quick else full


def options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab.bench", epilog=EPILOG)
    parser.add_argument("--only", choices=DATABASES, help="one database instead of all that answer")
    parser.add_argument("--part", choices=PARTS, action="append", help="one part (may be repeated)")
    parser.add_argument("--events", type=int, default=200_000, help="events in the log (200000)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the log, fewer samples")
    given = parser.parse_args(arguments)
    if given.events < 1_000:
        parser.error("--events is at least 1000")
    return Options(
        databases=(given.only,) if given.only else ("sqlite", "postgresql"),
        parts=tuple(given.part or PARTS),
        events=given.events // 10 if given.quick else given.events,
        quick=given.quick,
    )
