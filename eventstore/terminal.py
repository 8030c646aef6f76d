"""What our commands have in common: console, tables and progress, and how they refuse.

A command refuses in one line that says what to do, with exit code 2 for wrong usage and 1 for a
negative result.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, cast

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import Error
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from eventstore import store
from eventstore.consumer import Consumer, consumers
from eventstore.outages import database_of, in_one_line, is_missing_table, is_outage
from eventstore.parking import State

USAGE = 2
"""The exit code for wrong usage."""
FILE_WIDTH = 160
"""Characters in a line that is written to a file or a pipe."""


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
    if is_outage(error):
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
    parkings = [consumer.parking for consumer in consumers]
    parked, waiting = (
        sum(parking.rows(state).count() for parking in parkings)
        for state in (State.PARKED, State.WAITING)
    )
    if parked or waiting:
        behind = f", and {waiting:,} wait{pluralize(waiting, 's,')} behind" if waiting else ""
        raise CommandError(
            f"{parked:,} event{pluralize(parked)} could not be handled{behind}: see why, and "
            "retry or discard them, in the admin under “Parked events”"
        )


def until_position(text: str) -> int:
    """The value of ``--until``: a position, or the last position at a time (ISO 8601; local if it
    names no zone). Raises CommandError (2) for what is neither."""
    if text.isdecimal():
        return min(int(text), store.head_position())
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise wrong_usage(f"--until: {text!r} is neither a position nor an ISO time")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return store.position_at(moment)


def console(out: OutputWrapper) -> Console:
    """A console on a command's output."""
    out.ending = ""
    width = None if out.isatty() else FILE_WIDTH
    return Console(file=cast("IO[str]", out), highlight=False, width=width)


def consumer_table() -> Table:
    """Every consumer of this process: its events, its position, its lag."""
    table = Table(
        title=f"The log's head is at position {store.head_position():,}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("consumer", no_wrap=True)
    for name in ("position", "lag in events", "in seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("replay", no_wrap=True)
    table.add_column("subscribes to", overflow="fold")
    for name, consumer in sorted(consumers().items()):
        lag = consumer.lag()
        table.add_row(
            name,
            f"{lag.position:,}",
            f"{lag.events:,}",
            f"{lag.seconds:.1f}",
            "no, it publishes" if consumer.publishes else "yes",
            ", ".join(sorted(consumer.handlers)),
        )
    return table


@contextmanager
def replay_progress(
    console: Console, name: str, until: int | None
) -> Iterator[Callable[[int, int], None]]:
    """A progress bar of positions, with events per second; silent outside a terminal."""
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} events/s"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    total = store.head_position() if until is None else until
    with bar:
        task = bar.add_task(f"replaying into {name}", total=total, rate=0)
        replayed = 0

        def advance(events: int, position: int) -> None:
            nonlocal replayed
            replayed += events
            elapsed = bar.tasks[task].elapsed or 0
            bar.update(task, completed=position, rate=replayed / elapsed if elapsed else 0)

        yield advance
