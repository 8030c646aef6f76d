"""``manage.py republish``: what the log has lost of a service is published again."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.db import Error

from eventstore import reconcile, terminal
from eventstore.reconcile import Kind
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
        "After the event store was restored to an earlier state: publishes again what SERVICE has "
        "and the log lacks, from the service's own full state. A second run publishes nothing. If "
        "the service was restored, and not the log, use recover: republish would put older states "
        "in the place of newer ones. What the log has and SERVICE lacks was either deleted here or "
        "lost here; nothing shows which, so its deletion is published with --deletions only. Exit "
        "code 1 if the log has what the service lacks, or events are parked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", metavar="SERVICE")
        parser.add_argument("--dry-run", action="store_true", help="report, but publish nothing")
        parser.add_argument(
            "--deletions",
            action="store_true",
            help="what is missing here was deleted: publish that",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        service, dry_run = options["service"], options["dry_run"]
        owned, out = owned_or_refuse(service), console(self.stdout)
        try:
            relay_all(service)
            walk = partial(reconcile.republish, deletions=options["deletions"], dry_run=dry_run)
            verb = "would publish" if dry_run else "published"
            done, left = reconcile_all(out, owned, verb, walk)
            relay_all(service)
            out.print(f"{service}: {verb} the state of {rows(done)}.")
            advice = [
                (
                    {Kind.MISSING},
                    f"that the service lacks (`manage.py recover {service}` makes them; if they "
                    "were deleted here, republish with --deletions)",
                ),
                ({Kind.GONE}, f"that the log has as deleted (`manage.py recover {service}`)"),
                (
                    {Kind.UNKNOWN, Kind.OLDER, Kind.NEWER},
                    "made of another service's events, which has to publish them again",
                ),
                ({Kind.UNREADABLE}, "that this program cannot read in the log"),
            ]
            refuse_what_is_left(service, left, advice)
            refuse_parked_events_of(service)
        except Error as error:
            raise failed(error) from error
