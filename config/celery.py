"""The Celery application. Start workers with ``python -m celery -A config``."""

import os

from celery import Celery
from celery.signals import worker_ready
from kombu.transport import TRANSPORT_ALIASES

from config.connections import keep_connections
from config.processes.ready import announce
from eventstore.worker import SweepTimer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's system checks would load every view into every worker: 24 MB, and half a second.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# kombu's own filesystem transport lets a reader see half a file.
TRANSPORT_ALIASES["filesystem"] = "config.filebroker:Transport"

app = Celery("hindsight")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(SweepTimer)
worker_ready.connect(announce)
keep_connections(app)
