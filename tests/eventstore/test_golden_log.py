"""What any released program has stored is read to the same read model for ever."""

import hashlib
from pathlib import Path

import pytest
from django.core.management import call_command

from eventstore import releases, store
from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS
from eventstore.models import Event
from eventstore.schemas import schema_of
from query.models import consumer
from tests.eventstore.golden import log
from tests.eventstore.golden.log import Part, ReadModel, parts, read_model
from tests.histories import settle

on_databases = pytest.mark.django_db(transaction=True, databases="__all__")
each_part = pytest.mark.parametrize("part", parts(), ids=lambda part: part.name)


def expect(part: Part) -> None:
    """The read model is the part's: the same rows, with the same values in the columns that there
    were. (A later program may have more columns.)"""
    kept, now = part.read_model(), read_model()
    assert {table: len(rows) for table, rows in kept.items()} == {
        table: len(now[table]) for table in kept
    }
    assert _of_columns(now, kept) == kept


def _of_columns(now: ReadModel, kept: ReadModel) -> ReadModel:
    return {
        table: [
            {column: row[column] for column in old}
            for row, old in zip(now[table], rows, strict=True)
        ]
        for table, rows in kept.items()
    }


@on_databases
@each_part
def test_live_each_event_as_it_comes(part: Part) -> None:
    for event in part.events():
        store.append([event])
        consumer.catch_up()
    expect(part)


@on_databases
@each_part
def test_by_a_rebuild_of_a_lost_read_model(part: Part) -> None:
    store.append(part.events())
    for model in (*log.TABLES, consumer.checkpoint):
        model._default_manager.all().delete()
    call_command("replay_events", "query")
    expect(part)
    call_command("replay_events", "query", "--verify")


@on_databases
@each_part
def test_by_the_other_consumers_too(part: Part) -> None:
    """Each reads all of it: nothing is parked."""
    store.append(part.events())
    settle()
    head = Event.objects.count()
    for each in consumers().values():
        assert list(each.parking.rows()) == []
        assert each.position() == head or each.has_come_to(head)


def test_it_has_every_type_and_every_version_that_was_released() -> None:
    """If this fails after a release: python -m tests.eventstore.golden NAME."""
    there = {(line["type"], line["dataversion"]) for part in parts() for line in part.lines()}
    released = {(name, version) for name, of in releases.read().items() for version in of.versions}
    assert released - there == set()


def test_it_has_each_released_attribute_and_is_without_each_that_may_be_missing() -> None:
    written = [
        (line["type"], line["dataversion"], line["data"].keys())
        for part in parts()
        for line in part.lines()
    ]
    for name, of in releases.read().items():
        for version, shape in of.versions.items():
            shapes = [keys for each, its, keys in written if (each, its) == (name, version)]
            every = shape.schema["properties"].keys()
            assert every - set[str]().union(*shapes) == set()
            assert set(shape.schema["required"]) >= every & set.intersection(*map(set, shapes))


def test_it_was_never_edited() -> None:
    kept = [line.split() for line in log.SUMS.read_text().splitlines()]
    assert log.sums() == {name: digest for digest, name in kept}


def test_the_next_part_tells_of_every_type_and_attribute_as_they_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "HERE", tmp_path)
    lines = log.write("next", [None]).lines()
    assert [part.name for part in parts()] == ["0001-next"]
    told = {
        name: {key for line in lines if line["type"] == name for key in line["data"]}
        for name in CONTRACTS
    }
    assert told == {name: {*schema_of(each)["properties"]} for name, each in CONTRACTS.items()}
    assert (
        hashlib.sha256((tmp_path / "0001-next.jsonl").read_bytes()).hexdigest()
        in log.sums().values()
    )
