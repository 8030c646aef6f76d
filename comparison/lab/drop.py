"""``python -m comparison.lab.drop``: the lab's databases on a server are gone."""

import django
from django.db import connections

PREFIX = "hindsight_lab_"


def main() -> None:
    django.setup()
    for connection in connections.all():
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" or not name.startswith(PREFIX):
            continue
        force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}{force}")


if __name__ == "__main__":
    main()
