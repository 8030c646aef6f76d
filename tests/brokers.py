"""The tests' own queues on the broker at hand, and what is in them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from django.conf import settings

from eventstore.nudges import drain, queue_of
from lab.servers import delete_queues

DRAIN_SECONDS = 30.0  # for the nudges of this process to be sent, or given up


def nudges(service: str) -> list[str]:
    """Takes what waits in the service's queue: the tasks' names, the oldest first."""
    assert drain(DRAIN_SECONDS)
    taken = []
    with current_app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        channel.queue_declare(queue_of(service), durable=True, auto_delete=False)
        while message := channel.basic_get(queue_of(service), no_ack=True):
            taken.append(message.headers["task"].rpartition(".")[2])
    return taken


@contextmanager
def own_queues(folder: str) -> Iterator[None]:
    """Nudges go into queues of this process's own: no other worker gets them."""
    settings.QUEUE_PREFIX = f"test-{os.getpid()}-"
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "folder": folder}
    # Otherwise RabbitMQ may show a message a little after it was sent.
    options["confirm_publish"] = True
    current_app.conf.broker_transport_options = options
    yield
    forget_queues(settings.BROKER_URL, settings.QUEUE_PREFIX)


def forget_queues(url: str, prefix: str) -> None:
    """Deletes the queues, and what Celery makes with them, of this prefix."""
    names = [f"{prefix}{service}" for service in settings.ALL_SERVICES]
    delete_queues(url, prefix, names, names)
