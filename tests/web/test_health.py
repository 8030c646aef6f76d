"""What a machine asks a process: do you live, can you work?"""

import sqlite3
from typing import Self

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.away import no_store as no_store
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_process_that_lives_says_so(client: Client, no_store: None) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["services"] == ["posts", "comments", "moderation", "query"]


def test_a_process_is_ready_where_its_databases_answer(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "down": [], "behind": {}},
    )


def test_a_process_is_not_ready_where_one_does_not(client: Client, no_store: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "down": ["eventstore"], "behind": {}}


def test_a_process_is_not_ready_where_a_database_was_made_anew(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers, and has no tables."""
    empty = sqlite3.connect(":memory:")

    class Cursor:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, sql: str) -> None:
            try:
                empty.execute(sql)
            except sqlite3.OperationalError as error:
                raise OperationalError(str(error)) from error

    monkeypatch.setattr(connections["query"], "cursor", Cursor)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["down"]) == (503, ["query"])


def test_a_process_is_not_ready_while_a_service_of_it_is_far_behind(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.READY_LAG_SECONDS = 0.001
    comments.create_comment(post.id, "Ann", "A kind word")

    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert response.json()["behind"].keys() == {"moderation", "query"}

    settings.READY_LAG_SECONDS = 60
    assert client.get("/readyz").status_code == 200
    settings.READY_LAG_SECONDS = 0
    assert client.get("/readyz").status_code == 200
    settings.READY_LAG_SECONDS = 0.001
    settle()
    assert client.get("/readyz").json() == {"status": "ok", "down": [], "behind": {}}
