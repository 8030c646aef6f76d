"""Wake consumers: a task in the queue of each, sent by a thread of its own.

Whoever appends only hands over names. A broker that is down, hangs or is full holds that thread,
and nobody else: no request and no handler waits for it. What is not sent stays claimed in
``Subscription``, and the sweep comes after it.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from celery import current_app, signals
from django.conf import settings

log = logging.getLogger(__name__)

CONSUME = "eventstore.tasks.consume"
SEND_TIMEOUT_SECONDS = 3.0  # for the broker to take one message
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0  # between tries of a broker that fails
EXIT_TIMEOUT_SECONDS = 0.5  # for a process that ends to send what it still has


def wake(consumers: Iterable[str]) -> None:
    """Send a nudge to each of these, soon. Returns at once and raises nothing."""
    if names := list(consumers):
        _sender.hand_over(names)


def drain(seconds: float = EXIT_TIMEOUT_SECONDS) -> bool:
    """Wait until all that was handed over is sent or given up. False where time is up."""
    return _sender.drain(seconds)


def queue_of(service: str) -> str:
    """The service's queue. ``QUEUE_PREFIX`` lets several installations share a broker."""
    return f"{settings.QUEUE_PREFIX}{service}"


class Sender:
    """A thread that calls ``send`` with each name handed over. It starts with the first of them,
    and in a forked process anew.

    After a failure nothing is sent for a while, a longer one each time until one send succeeds:
    what is handed over meanwhile is dropped."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, None] = {}  # each name once, so it stays small
        self._is_idle = True
        self._thread: threading.Thread | None = None
        self._pause, self._closed_until = 0.0, 0.0

    def hand_over(self, names: Iterable[str]) -> None:
        with self._changed:
            self._waiting.update(dict.fromkeys(names))
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._is_idle and not self._waiting, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_idle = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                names, self._waiting, self._is_idle = list(self._waiting), {}, False
            if time.monotonic() >= self._closed_until:
                self._try(names)

    def _try(self, names: Iterable[str]) -> None:
        try:
            for name in names:
                self._send(name)
                self._pause = 0.0
        except Exception as error:  # each broker has its own
            self._pause = min(self._pause * 2 or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
            self._closed_until = time.monotonic() + self._pause
            log.warning("no consumer was woken: %s", error)


class Link:
    """The sender's own connection to the broker."""

    # A message that went into a connection which nobody reads any more is not sent: RabbitMQ has
    # to confirm it, as Redis does by its response.
    OPTIONS = {
        "confirm_publish": True,
        **dict.fromkeys(("read_timeout", "write_timeout"), SEND_TIMEOUT_SECONDS),
        **dict.fromkeys(("socket_timeout", "socket_connect_timeout"), SEND_TIMEOUT_SECONDS),
    }

    def __init__(self) -> None:
        self._producer: Any = None
        self._inherited: list[Any] = []
        os.register_at_fork(after_in_child=self._leave_to_parent)

    def send(self, consumer: str) -> None:
        """Raises what the broker's transport raises, within a few times SEND_TIMEOUT_SECONDS."""
        if self._producer is not None:
            # A broker that was restarted has closed the connection, and takes another at once.
            with suppress(Exception):
                return self._publish(consumer)
            self._close()
        try:
            self._publish(consumer)
        except Exception:
            self._close()
            raise

    def _close(self) -> None:
        producer, self._producer = self._producer, None
        with suppress(Exception):
            producer.connection.collect()  # without a farewell, which might hang

    def _publish(self, consumer: str) -> None:
        if self._producer is None:
            connection = current_app.connection_for_write(transport_options=self.OPTIONS)
            self._producer = current_app.amqp.Producer(connection, auto_declare=False)
        current_app.send_task(
            CONSUME,
            args=(consumer,),
            queue=queue_of(consumer),
            producer=self._producer,
            retry=False,
            timeout=SEND_TIMEOUT_SECONDS,
            confirm_timeout=SEND_TIMEOUT_SECONDS,
        )

    def _leave_to_parent(self) -> None:
        """Not even garbage collection may close what the parent goes on using."""
        self._inherited.append(self._producer)
        self._producer = None


_link = Link()
_sender = Sender(_link.send)
atexit.register(drain)


@signals.worker_process_shutdown.connect
def _drain(**_: Any) -> None:
    """Celery's child processes end without Python's own exit handlers."""
    drain()
