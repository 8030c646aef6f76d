"""``manage.py create_databases``"""

import warnings
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from config.databases import create
from eventstore import terminal


class Command(terminal.Command):
    help = "Creates the PostgreSQL and MariaDB databases that are configured and do not exist yet."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        for connection in connections.all():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of connecting to another database
                    done = create(connection)
            except (DatabaseError, ImproperlyConfigured) as error:
                reason = str(error).partition("\n")[0]
                raise CommandError(
                    f"cannot create the database {connection.alias!r} ({reason}): is its server "
                    "running, and may this user create databases?"
                ) from error
            self.stdout.write(f"{connection.alias}: {done}")
