"""``manage.py services``: whether every service runs, its position, lag and parked events; pause
and resume."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from django.utils import timezone
from rich import box
from rich.table import Table

from eventstore import standing, terminal
from eventstore.consumer import consumers
from eventstore.models import Subscription
from eventstore.standing import Overview, Standing, Worker

BY = "manage.py services"


class Command(terminal.Command):
    help = (
        "Lists the services: whether their workers run or are paused, position, lag, parked "
        "events, and events that wait in the outbox. Exit code 1 if events are parked, or the log "
        "went back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            choices=("pause", "resume"),
            help="pause or resume the consumer SERVICE: it keeps its place, and events wait for it",
        )
        parser.add_argument("service", nargs="?", metavar="SERVICE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"]:
                self._change(options["what"], options["service"])
                return
            found = standing.overview()
            for error in (error for each in found.services for error in each.away.values()):
                raise error
            terminal.console(self.stdout).print(services_table(found))
            refuse_a_log_that_went_back(found)
            terminal.refuse_parked_events(consumers().values())
        except Error as error:
            raise terminal.failed(error) from error

    def _change(self, what: str, service: str | None) -> None:
        known = sorted({*consumers(), *Subscription.objects.values_list("consumer", flat=True)})
        if service not in known:
            problem = f"no consumer is called {service!r}" if service else "name a SERVICE"
            raise terminal.wrong_usage(f"{problem}; there are {', '.join(known)}")
        if what == "pause":
            was = standing.pause(service, BY)
            done = "is paused: it keeps its place, and events wait for it" if was else ""
        else:
            was = standing.resume(service, BY)
            done = "goes on where it stands" if was else ""
        state = "paused" if what == "pause" else "running: it is not paused"
        terminal.console(self.stdout).print(f"{service} {done or f'was already {state}'}.")


def services_table(found: Overview) -> Table:
    table = Table(
        title=f"The log's head is at position {found.head or 0:,}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("service", "worker"):
        table.add_column(name, no_wrap=True)
    for name in ("position", "lag in events", "in seconds", "parked", "waiting in outbox"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found.services:
        if not each.is_here:
            continue
        outbox = f"{each.outbox:,}" if each.outbox is not None else "publishes nothing"
        if each.lag is None:
            table.add_row(each.service, each.worker, "", "", "", "", outbox)
            continue
        beyond = " where the log went back" if each.log_went_back else ""
        in_chunks = f" and {each.in_chunks:,} in chunks" if each.in_chunks else ""
        behind = f" and {each.waiting:,} behind" if each.waiting else ""
        table.add_row(
            each.service,
            worker(each),
            f"{each.lag.position:,}{beyond}",
            f"{each.lag.events:,}{in_chunks}",
            f"{each.lag.seconds:.1f}",
            f"{each.parked or 0:,}{behind}",
            outbox,
        )
    return table


def worker(each: Standing) -> str:
    """Whether the service's worker sweeps, and is not paused."""
    seen = f" (seen {abs(standing.ago(each.seen_at)):,.0f} s ago)" if each.seen_at else ""
    if each.worker == Worker.PAUSED and each.paused_at:
        since = timezone.localtime(each.paused_at).strftime("%Y-%m-%d %H:%M")
        gone = "" if each.is_alive else f", not running{seen}"
        return f"paused since {since} by {each.paused_by}{gone}"
    return each.worker + (seen if each.worker == Worker.NOT_RUNNING else "")


def refuse_a_log_that_went_back(found: Overview) -> None:
    if names := sorted(each.service for each in found.services if each.log_went_back):
        raise CommandError(
            f"{', '.join(names)} handled events that the log no longer has: the event store was "
            "restored to an earlier state, or is another one. See docs/operations.md"
        )
