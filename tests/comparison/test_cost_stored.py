"""Bytes that are stored twice: every copy of a text is found, in whatever table and form."""

import pytest
from django.db import connections

from comparison.cost.inside.stored import occurrences, stored
from comparison.cost.inside.table_bytes import table_bytes
from comparison.loading import load_services
from lab.data import blog

SERVICES = {"eventstore", "posts", "comments", "moderation", "query"}
BLOG = blog(8, seed=3)
COMMENTS = [comment for post in BLOG for comment in post.comments]


def test_a_text_is_found_wherever_it_stands() -> None:
    texts = ["Größe", "apple", "missing"]
    values = ["Größe", '{"content":"Größe","author":"apple"}', "an apple pie"]

    assert occurrences(texts, values) == (4, 2 * 7 + 2 * 5)
    assert occurrences([], values) == occurrences(texts, []) == (0, 0)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_each_service_has_its_copy_and_the_log_has_one_of_each_event() -> None:
    load_services(BLOG)

    found = stored(BLOG)

    assert set(found["aliases"]) == {"default", *SERVICES}
    databases = {each["alias"]: each for each in found["databases"]}
    assert databases.keys() == SERVICES
    decided = sum(comment.status != "pending" for comment in COMMENTS)
    comments = {alias: each["comment_texts"] for alias, each in databases.items()}
    assert comments == {
        "eventstore": len(COMMENTS) + decided,  # created, and updated when it was decided
        "posts": 0,
        "comments": len(COMMENTS),
        "moderation": len(COMMENTS),
        "query": len(COMMENTS),
    }
    posts = {alias for alias, each in databases.items() if each["post_texts"] == len(BLOG)}
    assert posts == {"eventstore", "posts", "query"}
    tables = {table["table"]: table for each in databases.values() for table in each["tables"]}
    assert tables["query_commentview"]["rows"] == len(COMMENTS)
    assert tables["comments_comment"]["text_bytes"] == sum(
        len(comment.content.encode()) for comment in COMMENTS
    )


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_table_has_at_least_the_bytes_of_its_texts() -> None:
    load_services(BLOG)

    for alias in SERVICES:
        sizes = table_bytes(connections[alias])
        assert sizes, alias
    for database in stored(BLOG)["databases"]:
        for table in database["tables"]:
            assert table["bytes"] >= table["text_bytes"]
        assert database["bytes"] == sum(table["bytes"] for table in database["tables"])
