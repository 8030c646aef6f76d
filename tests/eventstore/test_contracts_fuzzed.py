"""Whatever stands in the log: it is read as an event, or it is a BadEvent, and nothing else."""

import json
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from eventstore.contracts import CONTRACTS, BadEvent, decode, encode
from eventstore.parking import ordering_key
from eventstore.store import Stored
from tests.eventstore.test_contracts import some_event
from tests.fuzzing import examples

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
TEXT = st.text() | st.text(st.characters(categories=["Cs"])) | TIMES | st.uuids().map(str)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    SCALARS, lambda inside: st.lists(inside) | st.dictionaries(TEXT, inside), max_leaves=8
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
            data[name] = draw(VALUES)
        case "none":
            del data[name]
        case "more":
            data[draw(TEXT)] = draw(VALUES)
        case "twice":
            again = json.dumps({name: draw(VALUES)})
            return type(event).__name__, f"{json.dumps(data)[:-1]}, {again[1:]}"
        case "cut":
            text = json.dumps(data, ensure_ascii=False)
            at = draw(st.integers(0, len(text)))
            return type(event).__name__, text[:at] + draw(TEXT) + text[
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
@given(TYPES, VALUES, st.booleans())
def test_any_json(type_: str, value: Any, plain: bool) -> None:
    is_read_or_bad(type_, json.dumps(value, ensure_ascii=plain))


@examples(20)
@given(TYPES, DEEP)
@example("PostDeleted", '{"post_id":"6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d","x":' + "[" * 5_000)
def test_any_depth(type_: str, data: str) -> None:
    is_read_or_bad(type_, data)
