"""Contracts: what is stored can be read for ever, and what cannot be read says why."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
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

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = {
    UUID: st.uuids(),
    str: TEXT,
    Moment: st.datetimes(timezones=st.just(UTC)),
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
def test_bad_data_says_what_is_wrong_where(type_: str, data: str, why: str) -> None:
    with pytest.raises(BadEvent, match=f"{type_}: .*{why}"):
        decode(type_, data)


def test_an_attribute_that_is_new_is_ignored_by_those_who_do_not_know_it() -> None:
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
