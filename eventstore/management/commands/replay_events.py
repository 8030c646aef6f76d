"""``manage.py replay_events``: rebuild a read model from the stored events."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from eventstore import reconcile, store, terminal
from eventstore.consumer import Consumer, consumers
from eventstore.owned import Owned, owned_by
from eventstore.rebuild import CHUNK, NotAProjection, Pooled, Rebuild
from eventstore.reconcile import PUBLISHED, TAKEN, Kind
from eventstore.reconciling import (
    reconcile_all,
    refuse_parked_events_of,
    refuse_what_is_left,
    relay_all,
)
from eventstore.terminal import console, failed, refuse_parked_events, wrong_usage

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
        for option, does in (
            ("--list", "list every consumer, position and lag"),
            ("--missed", "deliver only what SERVICE has not handled"),
            ("--verify", "compare live with fresh, row by row"),
            ("--dry-run", "replay, but do not switch"),
        ):
            what.add_argument(option, action="store_true", help=does)
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
            service = options["service"] or "query"
            if options["verify"] and (owned := owned_by(service)):
                self._verify(service, owned, options)
                return
            if service not in (known := consumers()):
                there = ", ".join(sorted(known))
                raise wrong_usage(f"no consumer is called {service!r}; there are {there}")
            consumer = known[service]
            until = None if options["until"] is None else _until_position(options["until"])
            if options["missed"]:
                handled, position, _ = consumer.catch_up(upto=until, batch=batch)
                done = f"{handled:,} missed events handled, now at position {position:,}."
                self.console.print(f"{consumer.name}: {done}")
                refuse_parked_events([consumer])
            else:
                self._rebuild(consumer, until, batch or CHUNK, options)
        except Error as error:
            raise failed(error) from error

    def _list(self, options: dict[str, Any]) -> None:
        every = (("service", "SERVICE"), ("until", "--until"), ("batch_size", "--batch-size"))
        for option, name in every:
            if options[option] is not None:
                raise wrong_usage(f"--list shows every consumer, as it is now: leave out {name}")
        self.console.print(_consumer_table())
        refuse_parked_events(consumers().values())

    def _verify(self, service: str, owned: Sequence[Owned], options: dict[str, Any]) -> None:
        """Compare a service that publishes with its own events. It cannot be replayed, so there is
        no fresh model."""
        if options["until"] is not None:
            raise wrong_usage(f"{service} is compared with the log as it is now: leave out --until")
        relay_all(service)
        walk = partial(reconcile.verify, chunk=options["batch_size"] or reconcile.CHUNK)
        _, left = reconcile_all(self.console, owned, "comparing", walk)
        advice = [
            (TAKEN, f"where the log is ahead (`manage.py recover {service}` takes what it has)"),
            (PUBLISHED - TAKEN, f"that the log lacks (`manage.py republish {service}`)"),
            ({Kind.UNREADABLE}, "that this program cannot read in the log"),
        ]
        refuse_what_is_left(service, left, advice)
        self.console.print(f"{service} is the same as the log has it, row by row.")
        refuse_parked_events_of(service)

    def _rebuild(
        self, consumer: Consumer, until: int | None, chunk: int, options: dict[str, Any]
    ) -> None:
        with self._progress(consumer.name, until) as advance:
            try:
                rebuild = Rebuild(consumer, chunk, advance)
            except (NotAProjection, Pooled) as error:
                raise wrong_usage(str(error)) from None
            keep = options["verify"] or options["dry_run"]
            done = rebuild.compare(until) if keep else rebuild.switch(until)
        rate = done.events / done.seconds if done.seconds else 0
        self.console.print(
            f"{consumer.name}: {done.events:,} events replayed into {done.rows:,} rows "
            f"in {done.seconds:.1f} s ({rate:,.0f} events/s), up to position {done.position:,}."
        )
        different = {table: keys for table, keys in (done.drift or {}).items() if keys}
        for table, keys in different.items():
            more = f" and {len(keys) - MAX_KEYS:,} more" if len(keys) > MAX_KEYS else ""
            self.console.print(f"{table}: {len(keys):,} differ: {', '.join(keys[:MAX_KEYS])}{more}")
        if done.drift is None:
            self.console.print(f"{consumer.name} now reads the fresh model.")
        elif not different:
            self.console.print("The live read model is the same, row by row.")
        if options["verify"] and different:
            raise CommandError("the live read model differs: replay_events makes it right")
        if options["dry_run"]:
            self.console.print("Nothing was changed.")
        else:
            refuse_parked_events([consumer])
        if done.parked:
            raise CommandError(
                f"{done.parked:,} event{pluralize(done.parked)} could not be replayed, or wait "
                "behind one that could not: a rebuild would park them, and the admin show why"
            )

    @contextmanager
    def _progress(self, name: str, until: int | None) -> Iterator[Callable[[int, int], None]]:
        """A progress bar of positions, with events per second; silent outside a terminal."""
        columns = (
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:,.0f} events/s"),
            TimeElapsedColumn(),
        )
        total, replayed = store.head_position() if until is None else until, 0
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as bar:
            task = bar.add_task(f"replaying into {name}", total=total, rate=0)

            def advance(events: int, position: int) -> None:
                nonlocal replayed
                replayed += events
                elapsed = bar.tasks[task].elapsed or 0
                bar.update(task, completed=position, rate=replayed / elapsed if elapsed else 0)

            yield advance


def _until_position(text: str) -> int:
    """The value of ``--until``: a position, or the last position at a time (ISO 8601; local if it
    names no zone). Raises CommandError (2) for what is neither."""
    if text.isdecimal():
        return min(int(text), store.head_position())
    moment = None
    with suppress(ValueError):
        moment = parse_datetime(text)
    if moment is None:
        raise wrong_usage(f"--until: {text!r} is neither a position nor an ISO time")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return store.position_at(moment)


def _consumer_table() -> Table:
    """Every consumer of this process: its events, its position, its lag."""
    numbers = ("position", "lag in events", "in seconds")
    table = Table(
        Column("consumer", no_wrap=True),
        *(Column(name, justify="right", no_wrap=True) for name in numbers),
        Column("replay", no_wrap=True),
        Column("subscribes to", overflow="fold"),
        title=f"The log's head is at position {store.head_position():,}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
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
