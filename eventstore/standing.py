"""Where each service stands, as far as this process and its databases know: whether its worker
runs, how far it has come, what failed and what waits. And pausing a consumer, and resuming it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db import Error
from django.utils import timezone
from django_celery_results.models import TaskResult

from eventstore import store
from eventstore.consumer import Consumer, consumers
from eventstore.contracts import UNREADABLE
from eventstore.messaging import Outbox, outboxes
from eventstore.models import Subscription
from eventstore.nudges import wake
from eventstore.outages import database_of
from eventstore.parking import State
from eventstore.subscriber import Lag
from eventstore.waypoints import Throughput

log = logging.getLogger(__name__)

MISSED_SWEEPS = 3  # a worker that missed so many does not run
THROUGHPUT_PERIOD = timedelta(minutes=5)
MAX_ERROR_CHARACTERS = 300


class Worker(StrEnum):
    """Of a service."""

    RUNNING = "running"
    PAUSED = "paused"
    NOT_RUNNING = "not running"
    NEVER_STARTED = "never started"
    NOT_NEEDED = "subscribes to nothing"
    UNKNOWN = "not known"


class Failure(NamedTuple):
    """The last error of a consumer: of an event that is parked, or of a task that failed."""

    text: str
    at: datetime
    event_id: object = None
    task: int | None = None  # the key of its result


@dataclass
class Standing:
    """Of one service. None: it has no such thing, or that is not known; ``away`` has the errors for
    the latter, by database."""

    service: str
    worker: Worker = Worker.UNKNOWN
    is_alive: bool = False  # its worker sweeps, whether it is paused or not
    seen_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    is_here: bool = True
    """The service is in this process: only then is more than its worker known."""
    subscribes: bool = False
    publishes: bool = False
    position: int | None = None
    lag: Lag | None = None
    log_went_back: bool = False
    in_chunks: int = 0
    parked: int | None = None
    waiting: int = 0  # behind those that are parked
    outbox: int | None = None
    throughput: Throughput | None = None
    failure: Failure | None = None
    away: dict[str, Error] = field(default_factory=dict)

    @property
    def can_be_paused(self) -> bool:
        return self.subscribes and self.worker != Worker.UNKNOWN

    def read(self, alias: str, part: Callable[[], None]) -> None:
        """Have ``part`` fill what it can: that the database ``alias`` fails is noted, or another
        one that ``part`` needs."""
        try:
            part()
        except Error as error:
            found = database_of(error)
            self.away[alias if found == "?" else found] = error


class Overview(NamedTuple):
    """All services of the installation, those of this process first; the head of the log is None
    if the event store does not respond."""

    head: int | None
    services: list[Standing]

    @property
    def is_anything_known(self) -> bool:
        """Whether at least one database responded."""
        here = (each for each in self.services if each.is_here)
        known = ((each.position, each.parked, each.outbox) for each in here)
        return self.head is not None or any(value is not None for row in known for value in row)


def overview() -> Overview:
    """Where the services stand. Raises nothing where databases are away."""
    there = [name for name in settings.ALL_SERVICES if name not in settings.SERVICES]
    services = [Standing(name) for name in settings.SERVICES]
    services += [Standing(name, is_here=False) for name in there]
    head, subscriptions, error = None, dict[str, Subscription](), None
    try:
        head = store.head_position()
        subscriptions = {row.consumer: row for row in Subscription.objects.all()}
    except Error as failed:
        error = failed
    published = {outbox._meta.app_label: outbox for outbox in outboxes()}
    for each in services:
        consumer = consumers().get(each.service) if each.is_here else None
        each.subscribes = bool(consumer) or each.service in subscriptions
        if error:
            each.away[store.ALIAS] = error
        else:
            _see_worker(each, subscriptions.get(each.service))
        if each.is_here and (outbox := published.get(each.service)):
            each.publishes = True
            _count_outbox(each, outbox)
        if consumer:
            _follow(each, consumer)
            each.read("default", partial(_find_failed_task, each))
    return Overview(head, services)


def _see_worker(standing: Standing, row: Subscription | None) -> None:
    if row:
        standing.paused_at, standing.paused_by = row.paused_at, row.paused_by
        standing.seen_at = row.seen_at
        # Not in the future either: that was before the clock was set back.
        limit = MISSED_SWEEPS * settings.SWEEP_INTERVAL
        standing.is_alive = row.seen_at is not None and abs(ago(row.seen_at)) < limit
    if standing.paused_at:
        standing.worker = Worker.PAUSED
    elif standing.is_alive:
        standing.worker = Worker.RUNNING
    elif standing.seen_at:
        standing.worker = Worker.NOT_RUNNING
    elif standing.subscribes:
        standing.worker = Worker.NEVER_STARTED
    elif standing.is_here:
        standing.worker = Worker.NOT_NEEDED


def _count_outbox(standing: Standing, outbox: type[Outbox]) -> None:
    def count() -> None:
        standing.outbox = outbox._default_manager.count()

    standing.read(outbox.alias(), count)


def _follow(standing: Standing, consumer: Consumer) -> None:
    """What the consumer's own database knows, and then what needs the event store as well."""

    def from_its_database() -> None:
        standing.position = consumer.position()
        standing.parked = consumer.parking.rows(State.PARKED).count()
        standing.waiting = consumer.parking.rows(State.WAITING).count()
        standing.in_chunks = len(consumer.open.subjects())
        standing.throughput = consumer.trail.throughput(timezone.now() - THROUGHPUT_PERIOD)
        if row := consumer.parking.rows(State.PARKED).order_by("position").last():
            standing.failure = Failure(row.error, row.parked_at, event_id=row.event_id)

    def from_the_log() -> None:
        standing.log_went_back = consumer.log_went_back()
        standing.lag = consumer.lag()
        standing.position = standing.lag.position

    standing.read(consumer.alias, from_its_database)
    if not standing.away:
        standing.read(store.ALIAS, from_the_log)


def _find_failed_task(standing: Standing) -> None:
    """The last task of the consumer that failed, if that was after its last event was parked."""
    failed = TaskResult.objects.filter(
        status="FAILURE", task_args__contains=f"'{standing.service}'"
    )
    row = failed.order_by("-pk").first()
    if row and (standing.failure is None or row.date_done > standing.failure.at):
        standing.failure = Failure(_reason(row.result or ""), row.date_done, task=row.pk)


class _Raised(msgspec.Struct):
    exc_type: str
    exc_message: object = ""


def _reason(result: str) -> str:
    """Of a task that failed, from what Celery keeps."""
    try:
        raised = msgspec.json.decode(result, type=_Raised)
    except UNREADABLE:
        return result[:MAX_ERROR_CHARACTERS]
    words = raised.exc_message
    text = " ".join(map(str, words)) if isinstance(words, list) else str(words or "")
    return f"{raised.exc_type}: {text}"[:MAX_ERROR_CHARACTERS]


def ago(moment: datetime) -> float:
    """Seconds since then."""
    return (timezone.now() - moment).total_seconds()


# --- Pausing


def pause(consumer: str, by: str) -> bool:
    """Its worker handles nothing, from the end of its present batch until ``resume``. Returns
    False if it was paused already. Publishing goes on."""
    is_new = Subscription.pause(consumer, by)
    if is_new:
        log.warning("%s was paused by %s", consumer, by)
    return is_new


def resume(consumer: str, by: str) -> bool:
    """It goes on where it stands, now. Returns False if it was not paused."""
    was_paused = Subscription.resume(consumer)
    if was_paused:
        log.warning("%s was resumed by %s", consumer, by)
        wake([consumer])
    return was_paused
