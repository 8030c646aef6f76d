"""Counts how often a column's databases hold each text of the blog, and the bytes of their tables.

``python -m comparison.cost.stored POSTS SEED``, in the environment of a column, creates, migrates
and fills its databases and prints what they hold: ``Filled`` as JSON.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import django
import msgspec
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from comparison.cost.results import Stored, StoredDatabase, StoredOf, StoredTable, Texts
from config.databases import create
from lab.data import PostData, blog
from lab.databases import prepare_databases
from lab.sandbox import ALIASES

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
    posts, comments, cells = [post.body for post in data], _contents(data), []
    for column, found in filled.items():
        sums = _sums(found.databases)
        copies = sums["comment_texts"] / len(comments), sums["post_texts"] / len(posts)
        cells.append(Stored(column, sums["bytes"], sums["text_bytes"], *copies, found.databases))
    of_posts, of_comments = (len("".join(texts).encode()) for texts in (posts, comments))
    return StoredOf(cells, len(posts), len(comments), of_posts + of_comments, of_comments)


def stored(data: Sequence[PostData]) -> Filled:
    """What the databases of this process hold. A text is counted wherever it is part of a value,
    as in an event's JSON."""
    tables: dict[str, list[StoredTable]] = defaultdict(list)
    sizes = {alias: table_bytes(connections[alias]) for alias in connections}
    for label in [each for each in ALIASES if apps.is_installed(each)] or ["comparison"]:
        for model in apps.get_app_config(label).get_models():
            alias = router.db_for_read(model)
            tables[alias].append(_table(model, data, sizes[alias]))
    found = [StoredDatabase(alias=each, tables=of, **_sums(of)) for each, of in tables.items()]
    # The lab's own database is no column's.
    return Filled([alias for alias in connections if alias in ALIASES], found)


def _table(model: type[Model], data: Sequence[PostData], sizes: Mapping[str, int]) -> StoredTable:
    table, rows = model._meta.db_table, list(model._default_manager.values_list())
    values = [value for row in rows for value in row if isinstance(value, str)]
    bodies, of_bodies = occurrences([post.body for post in data], values)
    contents, of_contents = occurrences(_contents(data), values)
    texts = {"post_texts": bodies, "comment_texts": contents, "text_bytes": of_bodies + of_contents}
    return StoredTable(table=table, rows=len(rows), bytes=sizes.get(table), **texts)


def _sums(parts: Sequence[Texts]) -> dict[str, Any]:
    """Over tables or databases. The bytes are None where one does not know its own."""
    values = {name: [getattr(part, name) for part in parts] for name in Texts.__struct_fields__}
    return {name: None if None in each else sum(each) for name, each in values.items()}


def _contents(data: Sequence[PostData]) -> list[str]:
    return [comment.content for post in data for comment in post.comments]


def occurrences(texts: Sequence[str], values: Sequence[str]) -> tuple[int, int]:
    """How often a value has one of the texts in it; and the texts' bytes, counted as often."""
    found = [text for text in texts for value in values if text in value]
    return len(found), len("".join(found).encode())


def table_bytes(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """By the table's name. Empty where the database does not know."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(TABLE_BYTES[connection.vendor])
            return {name: int(size) for name, size in cursor.fetchall()}
    except (KeyError, DatabaseError):
        return {}


def main(posts: int, seed: int) -> None:
    django.setup()
    data = blog(posts, seed)
    if apps.is_installed("eventstore"):
        from comparison.loading import load_services  # it needs the models

        prepare_databases()
        load_services(data)
    else:
        from comparison.models import Comment, Post
        from comparison.rows import fill

        create(connection)
        call_command("migrate", interactive=False, verbosity=0)
        fill(data, [Post], [Comment])
    print(msgspec.json.encode(stored(data)).decode())  # noqa: T201 - for the measuring process


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
