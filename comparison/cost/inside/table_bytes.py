"""How large tables are on disk, their indexes included."""

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

STATEMENTS = {
    # The pages of each table and index. Python's SQLite may have been built without this.
    "sqlite": "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s "
    "JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name",
    "postgresql": "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    "mysql": "SELECT table_name, data_length + index_length FROM information_schema.tables "
    "WHERE table_schema = DATABASE()",
}


def table_bytes(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """By the table's name. Empty where the database does not tell."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(STATEMENTS[connection.vendor])
            return {name: int(size) for name, size in cursor.fetchall()}
    except (KeyError, DatabaseError):
        return {}
