"""The probes /healthz and /readyz, and the metrics for Prometheus."""

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from eventstore.consumer import Consumer, consumers
from eventstore.messaging import Outbox, outboxes
from eventstore.parking import State
from eventstore.store import head_position, now
from web.middleware import Middleware

log = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
REQUEST_SECONDS = Histogram(
    "hindsight_http_request_seconds",
    "Requests that this process served, and the time that they took.",
    ["method", "address", "status"],
)


def healthz(request: HttpRequest) -> JsonResponse:
    """200: the process is alive. Checks nothing else."""
    return JsonResponse({"status": "ok", "services": settings.SERVICES})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 where every database of this process is available, and no consumer of its services lags
    more than ``READY_LAG_SECONDS``; else 503 with ``down``, the databases, and ``behind``, the
    consumers and their lag in seconds."""
    down = [alias for alias in settings.DATABASES if not is_available(alias)]
    behind = {} if down else _behind()
    report: dict[str, Any] = {"status": "ok", "down": down, "behind": behind}
    if down or behind:
        report["status"] = "unavailable"
    return JsonResponse(report, status=503 if down or behind else 200)


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


def _behind() -> dict[str, float]:
    limit = settings.READY_LAG_SECONDS
    lags = {name: consumer.lag().seconds for name, consumer in consumers().items()}
    return {name: round(lag, 1) for name, lag in lags.items() if limit and lag > limit}


class RequestMetrics(Middleware):
    """Counts and times every request, by the name of its address."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        # Names, not paths: their number does not grow with the posts.
        address = request.resolver_match.view_name if request.resolver_match else ""
        labels = (method, address, response.status_code)
        REQUEST_SECONDS.labels(*labels).observe(perf_counter() - start)
        return response


class ServiceMetrics(Collector):
    """How far the services of this process have come, read when Prometheus requests it. The
    metrics of a database that is not available are left out, and no others."""

    def collect(self) -> Iterable[Metric]:
        families = _Families()
        up = {alias: is_available(alias) for alias in settings.DATABASES}
        for alias, available in up.items():
            families.up.add_metric([alias], available)
        if up["eventstore"]:
            _try(families.add_log)
            for consumer in consumers().values():
                _try(families.add_consumer, consumer)
        for outbox in outboxes():
            if up[outbox.alias()]:
                _try(families.add_outbox, outbox)
        return list(vars(families).values())

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering it does not query the databases


REGISTRY.register(ServiceMetrics())


class _Families:
    def __init__(self) -> None:
        self.up = _gauge("hindsight_database_up", "Whether the database is available.", "database")
        self.appended = CounterMetricFamily(
            "hindsight_events_appended", "Events in the event store."
        )
        self.handled = CounterMetricFamily(
            "hindsight_consumer_handled", "Events that took effect.", labels=["consumer"]
        )
        self.position = _gauge(
            "hindsight_consumer_position", "Position of the checkpoint.", "consumer"
        )
        self.lag = _gauge("hindsight_consumer_lag_events", "Events not handled yet.", "consumer")
        self.lag_seconds = _gauge(
            "hindsight_consumer_lag_seconds", "Age of the oldest event not handled.", "consumer"
        )
        self.parked = _gauge(
            "hindsight_consumer_parked_events", "Parked events.", "consumer", "state"
        )
        self.outbox = _gauge(
            "hindsight_outbox_events", "Events not in the event store yet.", "service"
        )
        self.outbox_seconds = _gauge(
            "hindsight_outbox_oldest_seconds", "Age of the oldest event in the outbox.", "service"
        )

    def add_log(self) -> None:
        # Positions have no gaps: the last one is the number of events.
        self.appended.add_metric([], head_position())

    def add_consumer(self, consumer: Consumer) -> None:
        lag, name = consumer.lag(), [consumer.name]
        self.handled.add_metric(name, consumer.handled())
        self.position.add_metric(name, lag.position)
        self.lag.add_metric(name, lag.events)
        self.lag_seconds.add_metric(name, lag.seconds)
        for state in State:
            self.parked.add_metric([*name, state.value], consumer.parking.rows(state).count())

    def add_outbox(self, outbox: type[Outbox]) -> None:
        service = [outbox._meta.app_label]
        rows = outbox._default_manager.order_by("sequence")
        oldest = rows.values_list("time", flat=True).first()
        self.outbox.add_metric(service, rows.count())
        self.outbox_seconds.add_metric(service, (now() - oldest).total_seconds() if oldest else 0)


def _try(add: Callable[..., None], *args: object) -> None:
    try:
        add(*args)
    except Error as error:
        log.warning("metrics are missing: %s", error)


def _gauge(name: str, description: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, labels=labels)
