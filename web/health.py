"""The probes /healthz and /readyz, and the metrics for Prometheus."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.db import Error, connections
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily as Counter
from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from eventstore.consumer import Consumer, consumers
from eventstore.messaging import Outbox, outboxes
from eventstore.models import Subscription
from eventstore.parking import State
from eventstore.store import head_position

log = logging.getLogger(__name__)

DATABASE, CONSUMER, SERVICE = ["database"], ["consumer"], ["service"]
FAMILIES: dict[str, tuple[type[Counter | Gauge], str, list[str]]] = {
    "database_up": (Gauge, "Whether the database is available.", DATABASE),
    "events_appended": (Counter, "Events in the event store.", []),
    "consumer_handled": (Counter, "Events that took effect.", CONSUMER),
    "consumer_position": (Gauge, "Position of the checkpoint.", CONSUMER),
    "consumer_lag_events": (Gauge, "Events not handled yet.", CONSUMER),
    "consumer_lag_seconds": (Gauge, "Age of the oldest event not handled.", CONSUMER),
    "consumer_seen_seconds": (Gauge, "Since the worker last swept, or was in a task.", CONSUMER),
    "consumer_paused": (Gauge, "Whether a person has paused it.", CONSUMER),
    "consumer_log_went_back": (Gauge, "Whether it handled what the log has lost.", CONSUMER),
    "consumer_parked_events": (Gauge, "Parked events.", [*CONSUMER, "state"]),
    "outbox_events": (Gauge, "Events not in the event store yet.", SERVICE),
    "outbox_oldest_seconds": (Gauge, "Age of the oldest event in the outbox.", SERVICE),
}

Sample = tuple[str, Sequence[str], float]  # the family, its labels' values, the value


def healthz(request: HttpRequest) -> JsonResponse:
    """200: the process is alive. Checks nothing else."""
    return JsonResponse({"status": "ok", "services": settings.SERVICES})


def readyz(request: HttpRequest) -> JsonResponse:
    """200; or 503 with ``down``, the databases of this process that are not available, and
    ``behind``, its consumers that lag more than ``READY_LAG_SECONDS``, with their lag. Those that
    a person has ``paused`` lag by intent, and are ready."""
    down = [alias for alias in settings.DATABASES if not is_available(alias)]
    paused = set() if down else Subscription.paused() & consumers().keys()
    awake = {} if down else {n: each for n, each in consumers().items() if n not in paused}
    lags = {name: each.lag().seconds for name, each in awake.items()}
    limit = settings.READY_LAG_SECONDS
    behind = {name: round(lag, 1) for name, lag in lags.items() if limit and lag > limit}
    status, code = ("unavailable", 503) if down or behind else ("ok", 200)
    body = {"status": status, "down": down, "behind": behind, "paused": sorted(paused)}
    return JsonResponse(body, status=code)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def is_available(alias: str) -> bool:
    """The database responds, and is migrated: one that was created anew has no tables yet."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations WHERE 1 = 0")
    except Error:
        return False
    return True


class ServiceMetrics(Collector):
    """How far this process's services have come, as far as databases are available."""

    def collect(self) -> Iterable[Metric]:
        families = {
            name: kind(f"hindsight_{name}", description, labels=labels)
            for name, (kind, description, labels) in FAMILIES.items()
        }
        for name, labels, value in _samples():
            families[name].add_metric(labels, value)
        return families.values()

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering it does not query the databases


REGISTRY.register(ServiceMetrics())


def _samples() -> Iterator[Sample]:
    up = {alias: is_available(alias) for alias in settings.DATABASES}
    yield from (("database_up", [alias], available) for alias, available in up.items())
    sources = [_of_outbox(outbox) for outbox in outboxes() if up[outbox.alias()]]
    if up["eventstore"]:
        sources += [_of_log(), _of_workers(), *map(_of_consumer, consumers().values())]
    for source in sources:
        try:
            yield from source
        except Error as error:
            log.warning("metrics are missing: %s", error)


def _of_log() -> Iterator[Sample]:
    yield "events_appended", [], head_position()  # positions have no gaps


def _of_workers() -> Iterator[Sample]:
    rows, now = Subscription.objects.filter(consumer__in=consumers()), timezone.now()
    paused = dict.fromkeys(consumers(), False)
    for name, seen_at, paused_at in rows.values_list("consumer", "seen_at", "paused_at"):
        paused[name] = paused_at is not None
        if seen_at:  # it has run
            yield "consumer_seen_seconds", [name], max(0.0, (now - seen_at).total_seconds())
    for name, is_paused in paused.items():
        yield "consumer_paused", [name], is_paused


def _of_consumer(consumer: Consumer) -> Iterator[Sample]:
    lag, name = consumer.lag(), [consumer.name]
    yield "consumer_handled", name, consumer.handled()
    yield "consumer_position", name, lag.position
    yield "consumer_lag_events", name, lag.events
    yield "consumer_lag_seconds", name, lag.seconds
    yield "consumer_log_went_back", name, consumer.log_went_back()
    parked = consumer.parking.rows(*State).values("state").order_by("state")
    counts = dict(parked.annotate(count=Count("pk")).values_list("state", "count"))
    for state in State:
        yield "consumer_parked_events", [*name, state.value], counts.get(state, 0)


def _of_outbox(outbox: type[Outbox]) -> Iterator[Sample]:
    service, rows = [outbox._meta.app_label], outbox._default_manager.order_by("sequence")
    oldest = rows.values_list("time", flat=True).first()
    yield "outbox_events", service, rows.count()
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    yield "outbox_oldest_seconds", service, age
