"""Work that waits for servers outside. A worker does it in threads of its own, beside its tasks, so
that nothing waits for it: no handler, no checkpoint, no other work of this kind."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import Error, connections

from eventstore.outages import in_one_line
from eventstore.tasks import swept

log = logging.getLogger(__name__)


class Background:
    """``work()`` does what is due, in bounded time. It is called in each sweep of the ``service``
    and when it is woken, and never twice at a time in one process."""

    def __init__(self, service: str, name: str, work: Callable[[], object]) -> None:
        self.service, self.name, self.work = service, name, work
        self.is_worker = False
        self._lock = threading.Lock()
        self._is_running = self._again = False

    def start(self) -> None:
        with self._lock:
            self._again = True
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name=self.name, daemon=True).start()

    def _run(self) -> None:
        while self._goes_on():
            try:
                self.work()
            except Error as error:
                log.warning("%s waits for the next sweep: %s", self.name, in_one_line(error))
            except Exception:
                log.exception("%s failed, and waits for the next sweep", self.name)
            finally:
                connections.close_all()  # this thread's own

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_running, self._again = self._again, False
            return self._is_running


_all: dict[str, Background] = {}


def in_background(service: str, name: str, work: Callable[[], object]) -> None:
    """From now on this work of the service is done in its workers."""
    _all[name] = Background(service, name, work)


def wake(name: str) -> None:
    """There is something to do for this work. Its next sweep comes anyway: a process that is no
    worker of the service does nothing."""
    if name in _all and _all[name].is_worker:
        _all[name].start()


def start(service: str, **_: Any) -> None:
    """A receiver of ``swept``."""
    for background in list(_all.values()):
        if background.service == service:
            background.is_worker = True
            background.start()


swept.connect(start)
