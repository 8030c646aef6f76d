"""Counts how often a column's databases hold each text of the blog, and the bytes of their tables.

``python -m comparison.cost.stored POSTS SEED``, in the environment of a column, creates, migrates
and fills its databases and prints what they hold: ``Filled`` as JSON.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django
import msgspec
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from comparison.cost.results import Stored, StoredDatabase, StoredOf, StoredTable
from config.databases import create
from lab.data import PostData, blog
from lab.databases import prepare_databases

SERVICES = ("eventstore", "posts", "comments", "moderation", "query")
PLAIN = ("comparison",)
OF_THE_LAB = "comparison"
"""The alias of a database that only the lab has."""

TABLE_BYTES = {
    # The pages of each table and index. Python's SQLite may have been built without this.
    "sqlite": "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s "
    "JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name",
    "postgresql": "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    "mysql": "SELECT table_name, data_length + index_length FROM information_schema.tables "
    "WHERE table_schema = DATABASE()",
}
"""Bytes by table, indexes included."""


class Filled(msgspec.Struct, frozen=True):
    """``aliases``: all databases of a column; ``databases``: those with tables of the blog."""

    aliases: list[str]
    databases: list[StoredDatabase]


def storage(filled: Mapping[str, Filled], data: Sequence[PostData]) -> StoredOf:
    """What each column, by name, stores of the same blog."""
    comments = [comment.content for post in data for comment in post.comments]
    of_posts, of_comments = _bytes(post.body for post in data), _bytes(comments)
    return StoredOf(
        cells=[
            _cell(column, each.databases, len(data), len(comments))
            for column, each in filled.items()
        ],
        posts=len(data),
        comments=len(comments),
        text_bytes=of_posts + of_comments,
        of_comments_bytes=of_comments,
    )


def _cell(column: str, databases: list[StoredDatabase], posts: int, comments: int) -> Stored:
    sizes = [database.bytes for database in databases if database.bytes is not None]
    return Stored(
        column=column,
        bytes=sum(sizes) if len(sizes) == len(databases) else None,
        text_bytes=sum(database.text_bytes for database in databases),
        times_comment=sum(database.comment_texts for database in databases) / comments,
        times_post=sum(database.post_texts for database in databases) / posts,
        databases=databases,
    )


def stored(data: Sequence[PostData]) -> Filled:
    """What the databases of this process hold. A text is counted wherever it is part of a value,
    as in an event's JSON."""
    by_alias: dict[str, list[type[models.Model]]] = defaultdict(list)
    for model in _models():
        by_alias[router.db_for_read(model)].append(model)
    databases = []
    for alias, found in by_alias.items():
        sizes = table_bytes(connections[alias])
        databases.append(_database(alias, [_table(model, data, sizes) for model in found]))
    return Filled([alias for alias in connections if alias != OF_THE_LAB], databases)


def _models() -> Iterable[type[models.Model]]:
    """Of the services, or of the one application."""
    labels = SERVICES if apps.is_installed("eventstore") else PLAIN
    return (model for label in labels for model in apps.get_app_config(label).get_models())


def _table(
    model: type[models.Model], data: Sequence[PostData], sizes: Mapping[str, int]
) -> StoredTable:
    columns = [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
    ]
    rows: list[Any] = list(model._default_manager.values_list(*columns)) if columns else []
    values = [str(value) for row in rows for value in row if value]
    bodies = occurrences([post.body for post in data], values)
    contents = occurrences([each.content for post in data for each in post.comments], values)
    return StoredTable(
        table=model._meta.db_table,
        rows=len(rows) if columns else model._default_manager.count(),
        post_texts=bodies[0],
        comment_texts=contents[0],
        text_bytes=bodies[1] + contents[1],
        bytes=sizes.get(model._meta.db_table),
    )


def _database(alias: str, tables: list[StoredTable]) -> StoredDatabase:
    sizes = [table.bytes for table in tables if table.bytes is not None]
    return StoredDatabase(
        alias=alias,
        post_texts=sum(table.post_texts for table in tables),
        comment_texts=sum(table.comment_texts for table in tables),
        text_bytes=sum(table.text_bytes for table in tables),
        bytes=sum(sizes) if sizes else None,
        tables=tables,
    )


def occurrences(texts: Sequence[str], values: Sequence[str]) -> tuple[int, int]:
    """How many of the values have one of the texts in it, summed over the texts; and the texts'
    bytes, counted as often."""
    found = [(sum(text in value for value in values), _bytes([text])) for text in texts]
    return sum(times for times, _ in found), sum(times * size for times, size in found)


def table_bytes(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """By the table's name. Empty where the database does not know."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(TABLE_BYTES[connection.vendor])
            return {name: int(size) for name, size in cursor.fetchall()}
    except (KeyError, DatabaseError):
        return {}


def _bytes(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def main(posts: int, seed: int) -> None:
    django.setup()
    data = blog(posts, seed)
    if apps.is_installed("eventstore"):
        from comparison.loading import load_services  # it needs the models

        prepare_databases()
        load_services(data)
    else:
        from comparison.rows import fill_monolith

        create(connection)
        call_command("migrate", interactive=False, verbosity=0)
        fill_monolith(data)
    print(msgspec.json.encode(stored(data)).decode())  # noqa: T201 - for the measuring process


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
