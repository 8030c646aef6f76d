"""Figures for Prometheus: what this process answered, and how far its services have come."""

import logging
from collections.abc import Callable, Iterable
from time import perf_counter

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from eventstore.consumer import consumers
from eventstore.lag import Lag
from eventstore.messaging import outboxes
from eventstore.store import head_position

log = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
ANSWERS = Histogram(
    "hindsight_http_request_seconds",
    "Requests that this process answered, and the time that they took.",
    ["method", "address", "status"],
)


class Figures:
    """Counts and times every request, by the name of its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        # Names, not paths: their number does not grow with the posts.
        address = request.resolver_match.view_name if request.resolver_match else ""
        labels = (method, address, response.status_code)
        ANSWERS.labels(*labels).observe(perf_counter() - start)
        return response


class Progress(Collector):
    """Read when somebody asks. A database that does not answer leaves its figures out."""

    def collect(self) -> Iterable[Metric]:
        head = GaugeMetricFamily("hindsight_events_head", "Position of the last event.")
        position = _gauge("hindsight_consumer_position", "Handled up to this event.", "consumer")
        lag = _gauge("hindsight_consumer_lag_events", "Events that wait.", "consumer")
        behind = _gauge("hindsight_consumer_lag_seconds", "Age of the oldest of them.", "consumer")
        waiting = _gauge("hindsight_outbox_events", "Events still in the outbox.", "service")
        try:
            head.add_metric([], head_position())
            for name, consumer in consumers().items():
                at = Lag.of(consumer)
                position.add_metric([name], at.position)
                lag.add_metric([name], at.events)
                behind.add_metric([name], at.seconds)
            for outbox in outboxes():
                waiting.add_metric([outbox._meta.app_label], outbox._default_manager.count())
        except Error as error:
            log.warning("no figures: %s", error)
        return [head, position, lag, behind, waiting]

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering it does not ask the databases


REGISTRY.register(Progress())


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _gauge(name: str, what: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, labels=[label])
