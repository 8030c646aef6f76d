"""``manage.py recover``: what a service has lost is made again from its events."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.db import Error

from eventstore import reconcile, terminal
from eventstore.reconcile import PUBLISHED, Kind
from eventstore.reconciling import (
    owned_or_refuse,
    reconcile_all,
    refuse_parked_events_of,
    refuse_what_is_left,
    relay_all,
    rows,
)
from eventstore.terminal import console, failed


class Command(terminal.Command):
    help = (
        "After SERVICE was restored to an earlier state: makes the rows that it lacks, or has in "
        "an older state, from the events that it published itself, and deletes those that these "
        "report as deleted. Nothing is published that the log has. If the log was restored, and "
        "not the service, use republish. Exit code 1 if the service has what the log lacks, or "
        "events are parked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", metavar="SERVICE")
        parser.add_argument("--dry-run", action="store_true", help="report, but change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        service, dry_run = options["service"], options["dry_run"]
        owned, out = owned_or_refuse(service), console(self.stdout)
        try:
            relay_all(service)
            walk = partial(reconcile.recover, dry_run=dry_run)
            verb = "would recover" if dry_run else "recovered"
            done, left = reconcile_all(out, owned, verb, walk)
            out.print(f"{service}: {verb} {rows(done)} from the log.")
            advice = [
                (PUBLISHED, f"that the log lacks (`manage.py republish {service}` publishes them)"),
                ({Kind.UNREADABLE}, "that this program cannot read in the log"),
            ]
            refuse_what_is_left(service, left, advice)
            refuse_parked_events_of(service)
        except Error as error:
            raise failed(error) from error
