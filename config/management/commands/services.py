"""``manage.py services``: whether every service runs, its position, lag and parked events."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error
from django.utils import timezone
from rich import box
from rich.table import Table

from eventstore import terminal
from eventstore.consumer import Consumer, consumers
from eventstore.messaging import outboxes
from eventstore.models import Subscription
from eventstore.parking import State
from eventstore.store import head_position


class Command(terminal.Command):
    help = (
        "Lists the services: whether their workers run, position, lag, parked events, and events "
        "that wait in the outbox. Exit code 1 if events are parked, or the log ends too early."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            terminal.console(self.stdout).print(services_table())
            refuse_positions_beyond_the_log()
            terminal.refuse_parked_events(consumers().values())
        except Error as error:
            raise terminal.failed(error) from error


def services_table() -> Table:
    head = head_position()
    table = Table(
        title=f"The log's head is at position {head:,}", title_justify="left", box=box.SIMPLE_HEAD
    )
    for name in ("service", "worker"):
        table.add_column(name, no_wrap=True)
    for name in ("position", "lag in events", "in seconds", "parked", "waiting in outbox"):
        table.add_column(name, justify="right", no_wrap=True)
    waiting = {outbox._meta.app_label: outbox._default_manager.count() for outbox in outboxes()}
    for service in settings.SERVICES:
        outbox = f"{waiting[service]:,}" if service in waiting else "publishes nothing"
        consumer = consumers().get(service)
        if consumer is None:
            table.add_row(service, "subscribes to nothing", "", "", "", "", outbox)
            continue
        lag = consumer.lag()
        beyond = " beyond the log" if lag.position > head else ""
        table.add_row(
            service,
            worker(service),
            f"{lag.position:,}{beyond}",
            f"{lag.events:,}",
            f"{lag.seconds:.1f}",
            set_aside(consumer),
            outbox,
        )
    return table


def refuse_positions_beyond_the_log() -> None:
    head = head_position()
    if beyond := sorted(name for name, each in consumers().items() if each.position() > head):
        raise CommandError(
            f"{', '.join(beyond)} had come further than the log goes: the event store "
            "was restored to an earlier state, or is another one. See docs/operations.md"
        )


def set_aside(consumer: Consumer) -> str:
    """How many events are parked, and how many wait behind these."""
    parked = consumer.parking.rows(State.PARKED).count()
    waiting = consumer.parking.rows(State.WAITING).count()
    return f"{parked:,} and {waiting:,} behind" if waiting else f"{parked:,}"


def worker(service: str) -> str:
    """Whether the service's worker sweeps: one that missed three sweeps is not running."""
    row = Subscription.objects.filter(consumer=service).first()
    if row is None:
        return "never started"
    ago = (timezone.now() - row.seen_at).total_seconds()
    is_running = ago < 3 * settings.SWEEP_INTERVAL
    return "running" if is_running else f"not running (seen {ago:,.0f} s ago)"
