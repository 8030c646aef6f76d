"""How a command of ours refuses: in one line that says what to do, with exit code 2 for wrong usage
and 1 for the answer no."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.template.defaultfilters import pluralize

from eventstore.outages import database_of, in_one_line, is_missing_table, is_outage
from eventstore.parking import State

if TYPE_CHECKING:
    from eventstore.consumer import Consumer

USAGE = 2


class Command(BaseCommand):
    """A command whose wrong usage is one line, and not argparse's summary of all usage as well."""

    def run_from_argv(self, argv: list[str]) -> None:
        parser = self.create_parser(argv[0], argv[1])
        try:
            parser.parse_args(argv[2:])
        except CommandError as error:  # so argparse's errors come, until it is run for good
            said = " ".join(str(error).removeprefix("Error: ").split())
            self.stderr.write(f"CommandError: {said}: see {parser.prog} --help")
            sys.exit(USAGE)
        super().run_from_argv(argv)


def wrong_usage(said: str) -> CommandError:
    return CommandError(said, returncode=USAGE)


def failed(error: Error) -> CommandError:
    """What a person can do about a database's error."""
    alias, said = database_of(error), in_one_line(error).rstrip(".")
    database = "a database" if alias == "?" else f"the database {alias}"
    if is_missing_table(error):
        return CommandError(f"{database} lacks tables ({said}): `make migrate` makes them")
    if is_outage(error):
        return CommandError(
            f"{database} does not answer ({said}): is it running, its address right, its disk "
            "writable?"
        )
    return CommandError(
        f"{database} refused ({said}): if its tables are of an earlier version, "
        "`make migrate` brings them up to date"
    )


def refuse_what_is_parked(consumers: Iterable["Consumer"]) -> None:
    """Raises CommandError where events of these consumers are parked."""
    parkings = [consumer.parking for consumer in consumers]
    parked, waiting = (
        sum(parking.rows(state).count() for parking in parkings)
        for state in (State.PARKED, State.WAITING)
    )
    if parked or waiting:
        raise parked_events(parked, waiting)


def parked_events(parked: int, waiting: int) -> CommandError:
    behind = f", and {waiting:,} wait{pluralize(waiting, 's,')} behind" if waiting else ""
    return CommandError(
        f"{parked:,} event{pluralize(parked)} could not be handled{behind}: see why, and retry or "
        "discard them, in the admin under “Parked events”"
    )
