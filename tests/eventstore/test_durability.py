"""What would be done again need not wait for the disk; all else does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from comments.services import create_comment
from config.databases import database
from eventstore import tasks
from eventstore.consumer import consumers
from eventstore.durability import is_repeatable, repeatable
from eventstore.models import Head
from eventstore.store import events_appended
from posts.services import create_post
from tests.own import server_database

OTHER = "other"


@pytest.fixture
def _postgresql(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of PostgreSQL is the alias ``OTHER``."""
    with server_database("postgresql") as url, django_db_blocker.unblock():
        handler = ConnectionHandler({OTHER: database("posts", url, Path()), "default": {}})
        connections[OTHER] = handler[OTHER]
        try:
            yield
        finally:
            connections[OTHER].close()
            del connections[OTHER]


def setting() -> str:
    with connections[OTHER].cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.mark.usefixtures("_postgresql")
def test_only_the_transaction_itself_does_not_wait() -> None:
    afterwards: list[str] = []

    def another() -> None:
        with transaction.atomic(using=OTHER):
            afterwards.append(setting())

    with repeatable(OTHER):
        transaction.on_commit(another, using=OTHER)
        assert setting() == "off"
    assert afterwards == ["on"]
    with transaction.atomic(using=OTHER), repeatable(OTHER):
        assert setting() == "on"  # it is a part of that transaction
    with pytest.raises(ZeroDivisionError), repeatable(OTHER):
        raise ZeroDivisionError
    assert setting() == "on"


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_batch_does_not_wait_and_the_relay_of_what_it_published_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moderation, seen = consumers()["moderation"], list[tuple[str, bool]]()
    create_comment(create_post("One", "Body").id, "Ann", "A word")
    handle = moderation.handlers["CommentCreated"]

    def handled(event: object) -> object:
        seen.append(("handled", is_repeatable()))
        return handle(event)

    def appended(**_: object) -> None:
        seen.append(("appended", is_repeatable()))

    monkeypatch.setitem(moderation.handlers, "CommentCreated", handled)
    events_appended.connect(appended)
    try:
        tasks.consume("moderation")
    finally:
        events_appended.disconnect(appended)
    assert seen == [("handled", True), ("appended", False)]
    assert Head.objects.get().position == 3
