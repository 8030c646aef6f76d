"""Whether the settings can be read, the databases opened and the broker reached.

Each function raises Problem, which names the setting to look at.
"""

import os
import re

import django
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from config.processes.errors import Problem
from config.starting import problems_of_settings
from eventstore.outages import in_one_line

BROKER_SECONDS = 3

# What PostgreSQL and MariaDB say.
NO_DATABASE = re.compile(r'database ".*" does not exist|Unknown database')
NO_LOGIN = re.compile(r'role ".*" does not exist|authentication failed|no password|Access denied')


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
    except Exception as error:  # each transport raises errors of its own kind
        reason = getattr(error, "reply_text", "") or in_one_line(error)  # RabbitMQ's own words
        raise Problem(
            f"cannot reach the broker ({reason}): is it running, and BROKER_URL right?"
        ) from error


def _advice(connection: BaseDatabaseWrapper, reason: str) -> str:
    variables = f"DATABASE_URL or {connection.alias.upper()}_DATABASE_URL"
    if NO_DATABASE.search(reason):
        return ".venv/bin/python manage.py create_databases creates the databases that are missing"
    if NO_LOGIN.search(reason):
        return f"are the user and the password in {variables} right?"
    if connection.vendor == "sqlite":
        return f"can its folder be written, and is {variables} right?"
    return f"is its server running, and {variables} right?"
