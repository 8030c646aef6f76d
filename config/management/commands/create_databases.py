"""``manage.py create_databases``"""

import warnings
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from eventstore import commands

# The name is a value in the first statement, and quoted by Django in the second.
STATEMENTS = {
    "postgresql": (
        "SELECT 1 FROM pg_database WHERE datname = %s",
        "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
    ),
    "mysql": (
        "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s",
        "CREATE DATABASE {} CHARACTER SET utf8mb4",
    ),
}


class Command(commands.Command):
    help = "Creates the PostgreSQL and MariaDB databases that are configured and do not exist yet."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        for connection in connections.all():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # Django tells of its second try elsewhere
                    done = create(connection)
            except (DatabaseError, ImproperlyConfigured) as error:
                reason = str(error).partition("\n")[0]
                raise CommandError(
                    f"cannot create the database {connection.alias!r} ({reason}): is its server "
                    "running, and may this user create databases?"
                ) from error
            self.stdout.write(f"{connection.alias}: {done}")


def create(connection: BaseDatabaseWrapper) -> str:
    """Creates the database of `connection` where it is missing. Returns what was done, in words."""
    if connection.vendor not in STATEMENTS:
        return f"{connection.vendor} needs no creating"
    look, make = STATEMENTS[connection.vendor]
    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(look, [name])
        if cursor.fetchone():
            return f"{name} exists"
        cursor.execute(make.format(connection.ops.quote_name(name)))
    return f"{name} created"
