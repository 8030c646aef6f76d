"""Contracts: what is stored stays readable, and unreadable data is reported with the reason."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventstore.contracts import (
    CONTRACTS,
    BadEvent,
    CommentCreated,
    Contract,
    Moment,
    decode,
    encode,
)
from eventstore.parking import ordering_key
from eventstore.store import Stored
from tests.fuzzing import examples

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes(timezones=st.just(UTC))
VALUES = {
    UUID: st.uuids(),
    UUID | None: st.none() | st.uuids(),
    str: TEXT,
    int: st.integers(1, 1_000_000),
    Moment: MOMENTS,
    Moment | None: st.none() | MOMENTS,
}


def some_event() -> st.SearchStrategy[Contract]:
    return st.sampled_from(list(CONTRACTS.values())).flatmap(
        lambda contract: st.builds(
            contract,
            **{field.name: VALUES[field.type] for field in msgspec.structs.fields(contract)},
        )
    )


@given(some_event())
def test_every_event_comes_back_as_it_was(event: Contract) -> None:
    again = decode(type(event).__name__, encode(event))
    assert again == event
    assert type(again) is type(event)


def test_the_registry_is_what_the_interface_names() -> None:
    sources: dict[str, set[str]] = {}
    for name, contract in CONTRACTS.items():
        sources.setdefault(contract.source, set()).add(name)
    assert sources == {
        "posts": {"PostCreated", "PostUpdated", "PostDeleted"},
        "comments": {"CommentCreated", "CommentUpdated", "CommentDeleted"},
        "moderation": {"CommentModerated"},
    }


NO_ZONE = "2026-05-01T12:00:00"
POST = '"post_id":"6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d"'


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(BadEvent, match="no contract is called 'PostRenamed'"):
        decode("PostRenamed", "{}")


@pytest.mark.parametrize(
    ("type_", "data", "why"),
    [
        ("PostDeleted", "", "truncated"),
        ("PostDeleted", "[]", "Expected `object`"),
        ("PostDeleted", "{}", "missing required field `post_id`"),
        ("PostDeleted", '{"post_id":"x"}', "Invalid UUID"),
        ("PostCreated", f'{{{POST},"title":1,"body":"","created_at":""}}', r"\$.title"),
        ("PostCreated", f'{{{POST},"title":"","body":"","created_at":"?"}}', "RFC3339"),
        ("PostCreated", f'{{{POST},"title":"","body":"","created_at":"2026-05-01T12:00"}}', "RFC"),
        ("PostCreated", f'{{{POST},"title":"","body":"","created_at":"{NO_ZONE}"}}', "timezone"),
        ("PostDeleted", f'{{{POST},"more":{"[" * 5_000}', "recursion"),
        ("PostDeleted", '{"post_id":"\ud800"}', "surrogates"),
    ],
)
def test_an_error_names_the_attribute_of_bad_data(type_: str, data: str, why: str) -> None:
    with pytest.raises(BadEvent, match=f"{type_}: .*{why}"):
        decode(type_, data)


def test_an_unknown_attribute_is_ignored() -> None:
    assert decode("PostDeleted", f'{{{POST},"reason":"spam"}}') == decode(
        "PostDeleted", f"{{{POST}}}"
    )


def test_times_of_any_zone_are_the_same_moment() -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    event = CommentCreated(
        comment_id=UUID(int=1),
        post_id=UUID(int=2),
        author="",
        content="",
        status="pending",
        created_at=moment,
    )
    again = decode("CommentCreated", encode(event))
    assert again == event
    assert again.subject == UUID(int=1)


# --- Fuzzed data: it is read as an event, or it is a BadEvent, and nothing else


TYPES = st.sampled_from([*CONTRACTS, "NobodyKnows", ""])
NUMBERS = st.integers() | st.floats() | st.integers(10**300, 10**301)
TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999-23:59",
        "2026-05-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-05-01T12:00:60Z",
        "2026-05-01",
    ]
)
ANY_TEXT = st.text() | st.text(st.characters(categories=["Cs"])) | TIMES | st.uuids().map(str)
SCALARS = st.none() | st.booleans() | NUMBERS | ANY_TEXT
ANY_VALUES = st.recursive(
    SCALARS, lambda inside: st.lists(inside) | st.dictionaries(ANY_TEXT, inside), max_leaves=8
)
DEEP = st.integers(1, 3_000).map(lambda depth: "[" * depth + "]" * depth)


@st.composite
def nearly_an_event(draw: st.DrawFn) -> tuple[str, str]:
    """A type, and the data of such an event with something in it changed."""
    event = draw(some_event())
    data = json.loads(encode(event))
    name = draw(st.sampled_from(sorted(data)))
    match draw(st.sampled_from(["another value", "none", "more", "twice", "cut", "deep"])):
        case "another value":
            data[name] = draw(ANY_VALUES)
        case "none":
            del data[name]
        case "more":
            data[draw(ANY_TEXT)] = draw(ANY_VALUES)
        case "twice":
            again = json.dumps({name: draw(ANY_VALUES)})
            return type(event).__name__, f"{json.dumps(data)[:-1]}, {again[1:]}"
        case "cut":
            text = json.dumps(data, ensure_ascii=False)
            at = draw(st.integers(0, len(text)))
            return type(event).__name__, text[:at] + draw(ANY_TEXT) + text[
                at + draw(st.integers(0, 3)) :
            ]
        case "deep":
            return type(event).__name__, f'{json.dumps(data)[:-1]}, "more": {draw(DEEP)}}}'
    return type(event).__name__, json.dumps(data, ensure_ascii=draw(st.booleans()))


def is_read_or_bad(type_: str, data: str) -> None:
    assert isinstance(ordering_key(Stored(1, UUID(int=1), type_, UUID(int=2), data)), UUID)
    try:
        read = decode(type_, data)
    except BadEvent:
        return
    assert decode(type_, encode(read)) == read
    assert all(_zone(value) for value in msgspec.structs.astuple(read))


def _zone(value: Any) -> bool:
    """A time without one would be another moment in each reader's own."""
    return not hasattr(value, "tzinfo") or value.tzinfo is not None


@examples(100)
@given(nearly_an_event())
def test_what_is_nearly_an_event(event: tuple[str, str]) -> None:
    is_read_or_bad(*event)


@examples(80)
@given(TYPES, st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(type_: str, data: bytes) -> None:
    is_read_or_bad(type_, data.decode("utf-8", "surrogateescape"))


@examples(80)
@given(TYPES, ANY_VALUES, st.booleans())
def test_any_json(type_: str, value: Any, plain: bool) -> None:
    is_read_or_bad(type_, json.dumps(value, ensure_ascii=plain))


@examples(20)
@given(TYPES, DEEP)
@example("PostDeleted", '{"post_id":"6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d","x":' + "[" * 5_000)
def test_any_depth(type_: str, data: str) -> None:
    is_read_or_bad(type_, data)
