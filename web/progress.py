"""How far the services of this process have come, as Prometheus wants it: read when it asks."""

import logging
from collections.abc import Callable, Iterable

from django.db import Error
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from eventstore.consumer import Consumer, consumers
from eventstore.lag import Lag
from eventstore.messaging import Outbox, outboxes
from eventstore.parking import State
from eventstore.store import head_position, now
from web.health import alive, databases

log = logging.getLogger(__name__)


class Progress(Collector):
    """A database that does not answer leaves its figures out, and no others."""

    def collect(self) -> Iterable[Metric]:
        figures = _Figures()
        up = {alias: alive(alias) for alias in databases()}
        for alias, answers in up.items():
            figures.up.add_metric([alias], answers)
        if up["eventstore"]:
            _try(figures.add_log)
            for consumer in consumers().values():
                _try(figures.add_consumer, consumer)
        for outbox in outboxes():
            if up[outbox.alias()]:
                _try(figures.add_outbox, outbox)
        return figures.all()

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering it does not ask the databases


class _Figures:
    def __init__(self) -> None:
        self.up = _gauge("hindsight_database_up", "Whether it answers.", "database")
        self.appended = CounterMetricFamily("hindsight_events_appended", "Events in the log.")
        self.handled = CounterMetricFamily(
            "hindsight_consumer_handled", "Events that took effect.", labels=["consumer"]
        )
        self.position = _gauge("hindsight_consumer_position", "It has come to here.", "consumer")
        self.lag = _gauge("hindsight_consumer_lag_events", "Events that wait.", "consumer")
        self.behind = _gauge("hindsight_consumer_lag_seconds", "Age of the oldest.", "consumer")
        self.aside = _gauge(
            "hindsight_consumer_parked_events", "Events set aside.", "consumer", "state"
        )
        self.outbox = _gauge("hindsight_outbox_events", "Events not in the log yet.", "service")
        self.age = _gauge("hindsight_outbox_oldest_seconds", "Age of the oldest.", "service")

    def add_log(self) -> None:
        # Positions have no gaps: the last one is the number of events.
        self.appended.add_metric([], head_position())

    def add_consumer(self, consumer: Consumer) -> None:
        lag, name = Lag.of(consumer), [consumer.name]
        self.handled.add_metric(name, consumer.handled())
        self.position.add_metric(name, lag.position)
        self.lag.add_metric(name, lag.events)
        self.behind.add_metric(name, lag.seconds)
        for state in State:
            self.aside.add_metric([*name, state.value], consumer.parking.rows(state).count())

    def add_outbox(self, outbox: type[Outbox]) -> None:
        service = [outbox._meta.app_label]
        rows = outbox._default_manager.order_by("sequence")
        oldest = rows.values_list("time", flat=True).first()
        self.outbox.add_metric(service, rows.count())
        self.age.add_metric(service, (now() - oldest).total_seconds() if oldest else 0)

    def all(self) -> list[Metric]:
        return list(vars(self).values())


def _try(add: Callable[..., None], *of: object) -> None:
    try:
        add(*of)
    except Error as error:
        log.warning("figures are missing: %s", error)


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, labels=labels)
