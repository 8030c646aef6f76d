"""Whether the settings can be read, the databases opened and the broker reached.

Each function raises Problem, which names the setting to look at.
"""

import os

import django
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from kombu.exceptions import OperationalError as BrokerError

from config.processes.errors import Problem
from config.starting import problems_of_settings
from eventstore.outages import in_one_line

BROKER_SECONDS = 3


def read_settings() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with problems_of_settings():
        django.setup()


def reach_database(connection: BaseDatabaseWrapper) -> None:
    try:
        connection.ensure_connection()
    except (DatabaseError, ImproperlyConfigured) as error:
        reason = in_one_line(error)
        raise Problem(
            f"cannot open the database {connection.alias!r} ({reason}): "
            f"{_advice(connection, reason)}"
        ) from error


def reach_broker() -> None:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except KeyError as error:
        raise Problem(f"the setting BROKER_URL cannot be read: {in_one_line(error)}") from error
    except (BrokerError, OSError) as error:
        raise Problem(
            f"cannot reach the broker ({in_one_line(error)}): is it running, and BROKER_URL right?"
        ) from error


def _advice(connection: BaseDatabaseWrapper, reason: str) -> str:
    if "does not exist" in reason or "Unknown database" in reason:
        return ".venv/bin/python manage.py create_databases creates the databases that are missing"
    variables = f"DATABASE_URL or {connection.alias.upper()}_DATABASE_URL"
    if connection.vendor == "sqlite":
        return f"can its folder be written, and is {variables} right?"
    return f"is its server running, and {variables} right?"
