"""What our commands have in common: the console, and errors of one line that says what to do, with
exit code 2 for wrong usage and 1 for a negative result."""

import re
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import Error
from django.template.defaultfilters import pluralize
from rich.console import Console

from eventstore.consumer import Consumer
from eventstore.outages import (
    database_of,
    in_one_line,
    is_missing_column,
    is_missing_table,
    is_outage,
)
from eventstore.parking import UNDECIDED

USAGE = 2  # the exit code
STATUS = Path("/proc/self/status")
FILE_WIDTH = 160  # characters in a line that is written to a file or a pipe


class Command(BaseCommand):
    """A command whose wrong usage is one line, and not argparse's summary of all usage as well."""

    def run_from_argv(self, argv: list[str]) -> None:
        parser = self.create_parser(argv[0], argv[1])
        try:
            parser.parse_args(argv[2:])
        except CommandError as error:  # so argparse's errors come, until it is run for good
            message = " ".join(str(error).removeprefix("Error: ").split())
            self.stderr.write(f"CommandError: {message}: see {parser.prog} --help")
            sys.exit(USAGE)
        super().run_from_argv(argv)


def wrong_usage(message: str) -> CommandError:
    return CommandError(message, returncode=USAGE)


def failed(error: Error) -> CommandError:
    """What a person can do about a database's error."""
    alias, reason = database_of(error), in_one_line(error).rstrip(".")
    database = "a database" if alias == "?" else f"the database {alias}"
    if is_missing_table(error):
        return CommandError(f"{database} lacks tables ({reason}): `make migrate` makes them")
    if is_outage(error) and not is_missing_column(error):
        return CommandError(
            f"{database} does not answer ({reason}): is it running, its address right, its disk "
            "writable?"
        )
    return CommandError(
        f"{database} refused ({reason}): if its tables are of an earlier version, "
        "`make migrate` brings them up to date"
    )


def refuse_parked_events(consumers: Iterable[Consumer]) -> None:
    """Raises CommandError if events of these consumers are parked."""
    parkings = [each.parking for each in consumers]
    parked, waiting = (sum(each.rows(state).count() for each in parkings) for state in UNDECIDED)
    if parked or waiting:
        behind = f", and {waiting:,} wait{pluralize(waiting, 's,')} behind" if waiting else ""
        raise CommandError(
            f"{parked:,} event{pluralize(parked)} could not be handled{behind}: see why, and "
            "retry or discard them, in the admin under “Parked events”"
        )


def console(out: OutputWrapper) -> Console:
    """A console on a command's output."""
    out.ending = ""
    width = None if out.isatty() else FILE_WIDTH
    return Console(file=cast("IO[str]", out), highlight=False, width=width)


def peak_memory_mb() -> float:
    """The most that this process has had, so far."""
    # ru_maxrss would count what the parent process had.
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
