"""The Celery application. Start workers with ``python -m celery -A config``."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process, worker_ready
from kombu.transport import TRANSPORT_ALIASES

from config.connections import BrokerConnection, keep_connections
from config.memory import keep_loaded
from config.processes.ready import announce
from config.starting import read_settings_or_end
from eventstore.worker import SweepTimer

read_settings_or_end()
# Django's system checks would load every view into every worker: 24 MB, and half a second.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# kombu's own filesystem transport lets a reader see half a file.
TRANSPORT_ALIASES["filesystem"] = "config.filebroker:Transport"


def leave_to_django(**_: Any) -> None:
    """Celery configures no logging where this signal has a receiver: Django's settings hold."""


app = Celery("hindsight")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(SweepTimer)
setup_logging.connect(leave_to_django)
worker_before_create_process.connect(keep_loaded)
worker_ready.connect(announce)
keep_connections(app)
app.amqp.Connection = BrokerConnection
