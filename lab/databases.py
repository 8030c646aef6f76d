"""``python -m lab.databases prepare|drop NAME``: makes a sandbox's databases, or removes them."""

import os
import sys
from contextlib import redirect_stdout

import django
from django.core.management import call_command
from django.db import connections

from config.processes.prepare import prepare


def prepare_databases() -> None:
    """The databases exist and are migrated; they hold nothing but the administrator."""
    django.setup()
    with redirect_stdout(sys.stderr):
        call_command("create_databases")
        prepare()


def drop_databases(sandbox: str) -> None:
    """Drops this sandbox's databases on a server, not those of another sandbox that it may use."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "lab.settings"  # it knows all databases
    django.setup()
    for connection in connections.all():
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" or not name.startswith(f"{sandbox}_"):
            continue
        force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}{force}")


if __name__ == "__main__":
    drop_databases(sys.argv[2]) if sys.argv[1] == "drop" else prepare_databases()
