"""How often the databases at hand hold each text of a blog, and how large their tables are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import connections, models, router

from comparison.cost.inside.table_bytes import table_bytes
from lab.data import PostData

SERVICES = ("eventstore", "posts", "comments", "moderation", "query")
PLAIN = ("comparison",)
LABS_OWN = "comparison"
"""A database that no process of a column opens: the services' are filled by the lab's module."""


def stored(blog: Sequence[PostData]) -> dict[str, Any]:
    """``{"aliases", "databases"}``: all databases that there are; and what each holds that has
    tables of the blog: ``{"alias", "bytes", "text_bytes", "comment_texts", "post_texts",
    "tables"}``, of each table the same without ``tables`` and with its rows. A text is counted
    wherever it stands in a value, as in an event's JSON. ``bytes`` are those of the tables with
    their indexes; None where the database does not tell."""
    models_of: dict[str, list[type[models.Model]]] = defaultdict(list)
    for model in _models():
        models_of[router.db_for_read(model)].append(model)
    found = []
    for alias, some in models_of.items():
        sizes = table_bytes(connections[alias])
        tables = [_table(model, blog, sizes) for model in some]
        found.append({"alias": alias, **_sum(tables), "tables": tables})
    return {"aliases": [alias for alias in connections if alias != LABS_OWN], "databases": found}


def _models() -> Iterable[type[models.Model]]:
    """Of the services; of the one application where there are none."""
    labels = SERVICES if apps.is_installed("eventstore") else PLAIN
    return (model for label in labels for model in apps.get_app_config(label).get_models())


def _table(
    model: type[models.Model], blog: Sequence[PostData], sizes: Mapping[str, int]
) -> dict[str, Any]:
    texts = [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
    ]
    rows = list(model._default_manager.values_list(*texts)) if texts else []
    values = [str(value) for row in rows for value in row if value]
    bodies = occurrences([post.body for post in blog], values)
    contents = occurrences([each.content for post in blog for each in post.comments], values)
    return {
        "table": model._meta.db_table,
        "bytes": sizes.get(model._meta.db_table),
        "rows": len(rows) if texts else model._default_manager.count(),
        "post_texts": bodies[0],
        "comment_texts": contents[0],
        "text_bytes": bodies[1] + contents[1],
    }


def occurrences(texts: Sequence[str], values: Sequence[str]) -> tuple[int, int]:
    """How many of the values have one of the texts in it, each for itself; and the texts' bytes,
    as often as they are there."""
    found = [(sum(text in value for value in values), len(text.encode())) for text in texts]
    return sum(times for times, _ in found), sum(times * size for times, size in found)


def _sum(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = ("post_texts", "comment_texts", "text_bytes")
    sizes = [table["bytes"] for table in tables if table["bytes"] is not None]
    summed = {name: sum(table[name] for table in tables) for name in names}
    return {"bytes": sum(sizes) if sizes else None, **summed}
