"""Databases on a server, made where they are missing."""

from django.db.backends.base.base import BaseDatabaseWrapper

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
