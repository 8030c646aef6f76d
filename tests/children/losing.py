"""``losing``: the query database loses all its tables."""

from django.db import connections

from tests.children import tell

connection = connections["query"]
with connection.cursor() as cursor:
    lost = connection.introspection.table_names(cursor)
    for table in lost:
        cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
tell(lost)
