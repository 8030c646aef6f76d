"""Rows that are upserted without instances of a model: what is stored is what the ORM stores."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DataError, connections
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from comments.models import KnownPost
from eventstore.rebuild import FreshTable
from eventstore.rows import Delete, Fold, Upsert
from eventstore.upserts import upsert
from moderation.models import KnownPost as ModeratedPost
from query.models import CommentCounts, CommentView, PostView, Waypoint
from tests.eventstore.events import NOON
from tests.fuzzing import examples

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ZONES = st.sampled_from([UTC, timezone(timedelta(0)), timezone(timedelta(hours=-3, minutes=-30))])
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=ZONES)  # noqa: DTZ001
KEYS = st.builds(lambda n: UUID(int=n, version=4), st.integers(1, 5))
UUIDS = KEYS | KEYS.map(str) | st.uuids(version=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
COMMENTS = st.fixed_dictionaries(
    {
        "id": KEYS,
        "post_id": UUIDS,
        "parent_id": st.none() | UUIDS,
        "author": TEXTS,
        "content": TEXTS | st.integers(),
        "status": st.sampled_from(["pending", "approved", ""]),
        "created_at": TIMES,
        "thread_at": st.none() | TIMES,
    },
    optional={"reason": TEXTS, "thread_id": st.none() | UUIDS},
)


def stored(model: type[Model], alias: str) -> Any:
    """As the driver reads it, without the ORM."""
    with connections[alias].cursor() as cursor:
        key = model._meta.pk.column
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY {key}")
        return cursor.fetchall()


def upsert_with_the_orm(rows: Sequence[dict[str, Any]]) -> None:
    names = [field.name for field in CommentView._meta.concrete_fields]
    target = connections["query"].features.supports_update_conflicts_with_target
    CommentView.objects.bulk_create(
        [CommentView(**row) for row in rows],
        update_conflicts=True,
        update_fields=names[1:],
        unique_fields=["id"] if target else None,
    )


def folded(*rows: Upsert | Delete | Model) -> Fold:
    fold = Fold()
    fold.add(rows)
    return fold


@examples(20)
@given(st.lists(st.lists(COMMENTS, max_size=5, unique_by=lambda row: row["id"]), max_size=3))
def test_what_is_stored_is_what_the_orm_stores(batches: list[list[dict[str, Any]]]) -> None:
    CommentView.objects.all().delete()
    for batch in batches:
        if batch:
            upsert_with_the_orm(batch)
    expected = stored(CommentView, "query")
    CommentView.objects.all().delete()
    for batch in batches:
        folded(*(Upsert(CommentView, **row) for row in batch)).write("query")
    assert stored(CommentView, "query") == expected


@examples(20)
@given(st.lists(st.lists(COMMENTS, max_size=5, unique_by=lambda row: row["id"]), max_size=3))
def test_a_rebuild_stores_the_same(batches: list[list[dict[str, Any]]]) -> None:
    """Without the last row of each batch, which is deleted again."""
    CommentView.objects.all().delete()
    table = FreshTable(CommentView, "query")
    table.create()
    for batch in filter(None, batches):
        rows = [Upsert(CommentView, **row) for row in batch]
        folded(*rows[:-1], Delete(CommentView, rows[-1].pk)).write("query")
        table.write([row.values for row in rows], [])
        table.write([], [rows[-1].pk])
    differing, count = table.differing_keys(), table.count()
    table.drop()
    assert (differing, count) == ([], CommentView.objects.count())


def test_an_instance_is_stored_as_its_values_are() -> None:
    one, other = uuid4(), uuid4()
    about = {"title": "A title", "body": "A body", "created_at": NOON}
    folded(PostView(id=one, **about), Upsert(PostView, id=other, **about)).write("query")
    first, second = PostView.objects.filter(id__in=[one, other]).values()
    assert first | {"id": None} == second | {"id": None}


def test_a_row_whose_key_is_a_relation() -> None:
    post_id = uuid4()
    for number in (1, 2):
        folded(Upsert(CommentCounts, post_id=post_id, approved=number)).write("query")
    [found] = CommentCounts.objects.values()
    assert (found["post_id"], found["approved"]) == (post_id, 2)


def test_values_of_other_fields_are_prepared_by_these() -> None:
    for tried in (1, 2):
        retried = {"an event": tried}
        row = Upsert(Waypoint, id=7, consumer="own", position=3, event_id=uuid4(), retried=retried)
        folded(row).write("query")
    assert Waypoint.objects.get(id=7).retried == {"an event": 2}


def test_a_row_of_a_key_alone_may_be_there_already() -> None:
    post_id = uuid4()
    for _ in range(2):
        folded(Upsert(KnownPost, post_id=post_id)).write("comments")
    assert KnownPost.objects.values_list("pk", flat=True).get() == post_id


def test_the_last_of_each_key_is_written() -> None:
    one, other = uuid4(), uuid4()
    titles = [Upsert(ModeratedPost, post_id=one, title=title) for title in ("first", "last")]
    folded(*titles, titles[0], Delete(ModeratedPost, one), titles[1]).write("moderation")
    folded(Upsert(ModeratedPost, post_id=other, title="gone")).write("moderation")
    folded(titles[0], Delete(ModeratedPost, other), titles[1]).write("moderation")
    assert list(ModeratedPost.objects.values_list("title", flat=True)) == ["last"]


def test_more_rows_than_a_statement_takes() -> None:
    ids = [uuid4() for _ in range(2_300)]
    rows = [Upsert(PostView, id=id_, title="A title", body="", created_at=NOON) for id_ in ids]
    folded(*rows).write("query")
    assert set(PostView.objects.values_list("id", flat=True)) == set(ids)


def test_what_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="KnownPost has no heading, name"):
        Upsert(KnownPost, post_id=uuid4(), name="A name", heading="")


@pytest.mark.parametrize("title", ["x" * 201, "\0"])
def test_what_the_database_does_not_take_is_an_error_and_nothing_is_written(title: str) -> None:
    good = {"title": "A title", "body": "", "created_at": NOON}
    rows = [Upsert(PostView, id=uuid4(), **(good | {"title": each})) for each in ("", title)]
    if connections["query"].vendor == "sqlite":
        pytest.skip("SQLite takes it")
    if connections["query"].vendor == "mysql" and title == "\0":
        pytest.skip("MariaDB takes it")
    with pytest.raises(DataError):
        upsert(PostView, [row.values for row in rows], "query")
    assert not PostView.objects.exists()
