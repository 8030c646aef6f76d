"""``manage.py replay_events``: rebuild a read model from the stored events."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from django.template.defaultfilters import pluralize

from eventstore import terminal
from eventstore.consumer import Consumer, consumers
from eventstore.rebuild import CHUNK, NotAProjection, Rebuild, Rebuilt
from eventstore.terminal import (
    console,
    consumer_table,
    failed,
    refuse_parked_events,
    replay_progress,
    until_position,
    wrong_usage,
)

MAX_KEYS = 5  # differing keys that are named per table
MAX_BATCH = 1_000_000  # events at a time: they have to fit into memory


class Command(terminal.Command):
    help = (
        "Replays the stored events into a fresh read model of SERVICE, while readers see the "
        "old one, and switches to it in one step. Exit code 1 if the read model differs, or "
        "events are parked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", nargs="?", metavar="SERVICE", help="default: query")
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--list", action="store_true", help="list every consumer, position and lag"
        )
        what.add_argument(
            "--missed", action="store_true", help="deliver only what SERVICE has not handled"
        )
        what.add_argument(
            "--verify", action="store_true", help="compare live with fresh, row by row"
        )
        what.add_argument("--dry-run", action="store_true", help="replay, but do not switch")
        parser.add_argument("--until", metavar="POSITION|TIME", help="only up to here")
        parser.add_argument(
            "--batch-size", type=int, metavar="EVENTS", help="at most so many at a time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = console(self.stdout)
        batch = options["batch_size"]
        if batch is not None and not 1 <= batch <= MAX_BATCH:
            raise wrong_usage(f"--batch-size is at least 1, and at most {MAX_BATCH:,}")
        try:
            if options["list"]:
                self._list(options)
                return
            consumer = _consumer(options["service"] or "query")
            until = None if options["until"] is None else until_position(options["until"])
            if options["missed"]:
                self._missed(consumer, until, batch)
            else:
                done = self._replay(consumer, until, batch or CHUNK, options)
                self._conclude(consumer, done, options)
        except Error as error:
            raise failed(error) from error

    def _list(self, options: dict[str, Any]) -> None:
        for option in ("service", "until", "batch_size"):
            if options[option] is not None:
                name = "SERVICE" if option == "service" else f"--{option.replace('_', '-')}"
                raise wrong_usage(f"--list shows every consumer, as it is now: leave out {name}")
        self.console.print(consumer_table())
        refuse_parked_events(consumers().values())

    def _missed(self, consumer: Consumer, until: int | None, batch: int | None) -> None:
        progress = consumer.catch_up(upto=until, batch=batch)
        self.console.print(
            f"{consumer.name}: {progress.handled:,} missed events handled, "
            f"now at position {progress.position:,}."
        )
        refuse_parked_events([consumer])

    def _replay(
        self, consumer: Consumer, until: int | None, chunk: int, options: dict[str, Any]
    ) -> Rebuilt:
        with replay_progress(self.console, consumer.name, until) as advance:
            try:
                rebuild = Rebuild(consumer, chunk, advance)
            except NotAProjection as error:
                raise wrong_usage(str(error)) from None
            keep = options["verify"] or options["dry_run"]
            done = rebuild.compare(until) if keep else rebuild.switch(until)
        rate = done.events / done.seconds if done.seconds else 0
        self.console.print(
            f"{consumer.name}: {done.events:,} events replayed into {done.rows:,} rows "
            f"in {done.seconds:.1f} s ({rate:,.0f} events/s), up to position {done.position:,}."
        )
        return done

    def _conclude(self, consumer: Consumer, done: Rebuilt, options: dict[str, Any]) -> None:
        different = {table: keys for table, keys in (done.drift or {}).items() if keys}
        for table, keys in different.items():
            more = f" and {len(keys) - MAX_KEYS:,} more" if len(keys) > MAX_KEYS else ""
            self.console.print(f"{table}: {len(keys):,} differ: {', '.join(keys[:MAX_KEYS])}{more}")
        if done.drift is None:
            self.console.print(f"{consumer.name} now reads the fresh model.")
        elif not different:
            self.console.print("The live read model is the same, row by row.")
        if options["dry_run"]:
            self.console.print("Nothing was changed.")
        if options["verify"] and different:
            raise CommandError("the live read model differs: replay_events makes it right")
        if not options["dry_run"]:
            refuse_parked_events([consumer])
        if done.parked:
            raise CommandError(
                f"{done.parked:,} event{pluralize(done.parked)} could not be replayed, or wait "
                "behind one that could not: a rebuild would park them, and the admin show why"
            )


def _consumer(name: str) -> Consumer:
    known = consumers()
    if name not in known:
        raise wrong_usage(f"no consumer is called {name!r}; there are {', '.join(sorted(known))}")
    return known[name]
