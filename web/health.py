"""The probes /healthz and /readyz, and the metrics for Prometheus."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily as Counter
from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from eventstore.consumer import Consumer, consumers
from eventstore.messaging import Outbox, outboxes
from eventstore.parking import State
from eventstore.store import head_position

log = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
REQUEST_SECONDS = Histogram(
    "hindsight_http_request_seconds",
    "Requests that this process served, and the time that they took.",
    ["method", "address", "status"],
)
DATABASE, CONSUMER, SERVICE = ["database"], ["consumer"], ["service"]
FAMILIES: dict[str, tuple[type[Counter | Gauge], str, list[str]]] = {
    "database_up": (Gauge, "Whether the database is available.", DATABASE),
    "events_appended": (Counter, "Events in the event store.", []),
    "consumer_handled": (Counter, "Events that took effect.", CONSUMER),
    "consumer_position": (Gauge, "Position of the checkpoint.", CONSUMER),
    "consumer_lag_events": (Gauge, "Events not handled yet.", CONSUMER),
    "consumer_lag_seconds": (Gauge, "Age of the oldest event not handled.", CONSUMER),
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
    ``behind``, its consumers that lag more than ``READY_LAG_SECONDS``, with their lag."""
    down = [alias for alias in settings.DATABASES if not is_available(alias)]
    lags = {} if down else {name: each.lag().seconds for name, each in consumers().items()}
    limit = settings.READY_LAG_SECONDS
    behind = {name: round(lag, 1) for name, lag in lags.items() if limit and lag > limit}
    status, code = ("unavailable", 503) if down or behind else ("ok", 200)
    return JsonResponse({"status": status, "down": down, "behind": behind}, status=code)


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


class RequestMetrics(MiddlewareMixin):
    """Counts and times every request, by the name of its address."""

    def __call__(self, request: HttpRequest) -> Any:
        start = perf_counter()
        response: Any = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        # Names, not paths: their number does not grow with the posts.
        address = request.resolver_match.view_name if request.resolver_match else ""
        labels = REQUEST_SECONDS.labels(method, address, response.status_code)
        labels.observe(perf_counter() - start)
        return response


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
        sources += [_of_log(), *map(_of_consumer, consumers().values())]
    for source in sources:
        try:
            yield from source
        except Error as error:
            log.warning("metrics are missing: %s", error)


def _of_log() -> Iterator[Sample]:
    yield "events_appended", [], head_position()  # positions have no gaps


def _of_consumer(consumer: Consumer) -> Iterator[Sample]:
    lag, name = consumer.lag(), [consumer.name]
    yield "consumer_handled", name, consumer.handled()
    yield "consumer_position", name, lag.position
    yield "consumer_lag_events", name, lag.events
    yield "consumer_lag_seconds", name, lag.seconds
    for state in State:
        rows = consumer.parking.rows(state)
        yield "consumer_parked_events", [*name, state.value], rows.count()


def _of_outbox(outbox: type[Outbox]) -> Iterator[Sample]:
    service, rows = [outbox._meta.app_label], outbox._default_manager.order_by("sequence")
    oldest = rows.values_list("time", flat=True).first()
    yield "outbox_events", service, rows.count()
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    yield "outbox_oldest_seconds", service, age
