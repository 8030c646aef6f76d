"""The sweep's clock: a part of every Celery worker.

Each worker sweeps for its own service, as soon as it has a connection to the broker and
every few seconds from then on. A schedule in one central process would pile up messages
for a service that is stopped, and would be one more thing that can be down.
"""

import logging
import time
from typing import Any

from celery import bootsteps
from celery.worker.consumer.tasks import Tasks
from django.conf import settings

log = logging.getLogger(__name__)


class SweepTimer(bootsteps.StartStopStep):
    """Starts with each connection to the broker: when a broker comes back, so does the sweep."""

    requires = (Tasks,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        interval = consumer.app.conf.sweep_interval

        def tick() -> None:
            for queue in list(consumer.app.amqp.queues.consume_from):
                try:
                    consumer.app.send_task(
                        "eventstore.tasks.sweep",
                        args=(queue.removeprefix(settings.QUEUE_PREFIX), time.time() + interval),
                        queue=queue,
                    )
                except Exception as error:  # each broker has its own
                    log.warning("no sweep of %s: %s", queue, error)

        tick()
        self.timer = consumer.timer.call_repeatedly(interval, tick)

    def stop(self, consumer: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
