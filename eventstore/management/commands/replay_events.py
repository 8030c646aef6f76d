"""``manage.py replay_events``: rebuild a read model from the stored events."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from eventstore import store
from eventstore.console import console, consumer_table, replay_progress
from eventstore.consumer import Consumer, consumers
from eventstore.outages import database_of, in_one_line
from eventstore.rebuild import NotAProjection, Rebuild, Rebuilt

USAGE = 2
SHOWN = 5  # differing keys named per table


class Command(BaseCommand):
    help = (
        "Replays the stored events into a fresh read model of SERVICE, while readers see the "
        "old one, and switches to it in one step."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", nargs="?", default="query", metavar="SERVICE")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="every consumer, position and lag")
        what.add_argument("--missed", action="store_true", help="only what SERVICE has not handled")
        what.add_argument(
            "--verify", action="store_true", help="compare live with fresh, row by row"
        )
        what.add_argument("--dry-run", action="store_true", help="replay, but do not switch")
        parser.add_argument("--until", metavar="POSITION|TIME", help="replay up to here")
        parser.add_argument("--batch-size", type=int, default=5_000, metavar="EVENTS")

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = console(self.stdout)
        try:
            if options["list"]:
                self.console.print(consumer_table())
                return
            consumer = self._consumer(options["service"])
            if options["missed"]:
                self._missed(consumer)
            else:
                self._replay(consumer, options)
        except Error as error:
            raise CommandError(
                f"the database {database_of(error)} does not answer: {in_one_line(error)}"
            ) from error

    def _consumer(self, name: str) -> Consumer:
        known = consumers()
        if name not in known:
            raise CommandError(
                f"no consumer is called {name!r}; there are {', '.join(sorted(known))}",
                returncode=USAGE,
            )
        return known[name]

    def _missed(self, consumer: Consumer) -> None:
        progress = consumer.catch_up()
        self.console.print(
            f"{consumer.name}: {progress.handled:,} missed events handled, "
            f"now at position {progress.position:,}."
        )

    def _replay(self, consumer: Consumer, options: dict[str, Any]) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size is at least 1", returncode=USAGE)
        until = _position(options["until"]) if options["until"] else None
        keep = options["verify"] or options["dry_run"]
        with replay_progress(self.console, consumer.name, until) as advance:
            try:
                rebuild = Rebuild(consumer, options["batch_size"], advance)
            except NotAProjection as error:
                raise CommandError(str(error), returncode=USAGE) from None
            done = rebuild.compare(until) if keep else rebuild.switch(until)
        rate = done.events / done.seconds if done.seconds else 0
        self.console.print(
            f"{consumer.name}: {done.events:,} events replayed into {done.rows:,} rows "
            f"in {done.seconds:.1f} s ({rate:,.0f} events/s), up to position {done.position:,}."
        )
        if done.parked:
            self.console.print(
                f"{done.parked:,} of them could not be handled, or wait behind one that could not: "
                "`manage.py services` and the admin show them."
            )
        self._conclude(consumer, done, options)

    def _conclude(self, consumer: Consumer, done: Rebuilt, options: dict[str, Any]) -> None:
        if done.drift is None:
            self.console.print(f"{consumer.name} now reads the fresh model.")
            return
        different = {table: keys for table, keys in done.drift.items() if keys}
        for table, keys in different.items():
            more = f" and {len(keys) - SHOWN:,} more" if len(keys) > SHOWN else ""
            self.console.print(f"{table}: {len(keys):,} differ: {', '.join(keys[:SHOWN])}{more}")
        if not different:
            self.console.print("The live read model is the same, row by row.")
        if options["dry_run"]:
            self.console.print("Nothing was changed.")
        elif different:
            raise CommandError("the live read model differs: replay_events makes it right")


def _position(text: str) -> int:
    """A position, or the last position at a time (ISO 8601; local where it names no zone)."""
    if text.isdecimal():
        return min(int(text), store.head_position())
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--until: {text!r} is no position and no ISO time", returncode=USAGE)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return store.position_at(moment)
