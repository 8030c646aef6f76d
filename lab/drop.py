"""``python -m lab.drop SANDBOX``: the databases of this sandbox on a server are gone."""

import sys

import django
from django.db import connections


def main(sandbox: str) -> None:
    """Those of another one, which a process of this one may have open, are left alone."""
    django.setup()
    for connection in connections.all():
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" or not name.startswith(f"{sandbox}_"):
            continue
        force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}{force}")


if __name__ == "__main__":
    main(*sys.argv[1:])
