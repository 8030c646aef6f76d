"""Prepares what the processes need: settings that can be read, a broker that can be reached,
databases that are migrated and have an administrator.

``python -m config.processes.prepare``: a process of its own, so that the one that stays is small.
Exit code 1 and one line on stderr where something is missing, with the setting to look at.
"""

import os
import re
import secrets
import sys

import django
from celery import current_app
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.environment import STRONG_KEY, is_weak
from config.processes import ProcessError
from config.processes.paths import MANAGE
from config.startup import read_settings_or_exit
from eventstore.outages import in_one_line, is_behind

ADMIN = "admin"
BROKER_TIMEOUT_SECONDS = 3

# The wording of PostgreSQL and MariaDB.
NO_DATABASE = re.compile(r'database ".*" does not exist|Unknown database')
NO_LOGIN = re.compile(r'role ".*" does not exist|authentication failed|no password|Access denied')


def main() -> int:
    os.umask(0o077)  # databases and keys are for us alone
    read_settings_or_exit()
    try:
        django.setup()
        prepare()
    except ProcessError as error:
        print(f"hindsight: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare() -> None:
    """Needs ``django.setup``. Raises ProcessError."""
    for connection in connections.all():
        reach_database(connection)
    reach_broker()
    if behind := [connection.alias for connection in connections.all() if is_behind(connection)]:
        print(f"Migrating the databases: {', '.join(behind)}", flush=True)
    for alias in behind:
        try:
            call_command("migrate", database=alias, interactive=False, verbosity=0)
        except DatabaseError as error:
            reason = in_one_line(error)
            raise ProcessError(f"cannot migrate the database {alias!r}: {reason}") from error
    ensure_admin(os.environ.get("ADMIN_PASSWORD", ""))
    warn_of_weak_key()


def reach_database(connection: BaseDatabaseWrapper) -> None:
    try:
        connection.ensure_connection()
    except (DatabaseError, ImproperlyConfigured) as error:
        alias, reason = connection.alias, in_one_line(error)
        advice = _advice(connection, reason)
        raise ProcessError(f"cannot open the database {alias!r} ({reason}): {advice}") from error


def reach_broker() -> None:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
    except Exception as error:  # each transport raises errors of its own kind
        reason = getattr(error, "reply_text", "") or in_one_line(error)  # RabbitMQ's own words
        raise ProcessError(
            f"cannot reach the broker ({reason}): is it running, and BROKER_URL right?"
        ) from error


def ensure_admin(password: str) -> None:
    """Creates an administrator where there is none. Prints a password that it had to choose."""
    from django.contrib.auth.models import User  # there are no models before the settings

    if User.objects.filter(is_superuser=True).exists():
        return
    chosen = password or secrets.token_urlsafe(9)
    User.objects.create_superuser(ADMIN, password=chosen)
    shown = "from ADMIN_PASSWORD" if password else chosen
    print(f"Admin login, shown only now: {ADMIN}, password {shown}", flush=True)


def warn_of_weak_key() -> None:
    """It signs cookies: to guess it is to be an administrator."""
    if is_weak(settings.SECRET_KEY):
        print(
            f"hindsight: SECRET_KEY is too weak to keep: {STRONG_KEY}", file=sys.stderr, flush=True
        )


def _advice(connection: BaseDatabaseWrapper, reason: str) -> str:
    variables = f"DATABASE_URL or {connection.alias.upper()}_DATABASE_URL"
    if NO_DATABASE.search(reason):
        return f"{MANAGE} create_databases creates the databases that are missing"
    if NO_LOGIN.search(reason):
        return f"are the user and the password in {variables} right?"
    if connection.vendor == "sqlite":
        return f"can its folder be written, and is {variables} right?"
    return f"is its server running, and {variables} right?"


if __name__ == "__main__":
    sys.exit(main())
