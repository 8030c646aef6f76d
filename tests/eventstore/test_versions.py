"""Events of earlier and of later versions: what an upgrade of the program, step by step, needs."""

import json
from collections import Counter

import pytest

from eventstore import contracts
from eventstore.contracts import BadEvent, UnknownEvent, decode, encode
from tests import newer
from tests.eventstore.events import NOON
from tests.eventstore.processes import Processes

OLD = {
    "post_id": "6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d",
    "title": "A",
    "body": "B",
    "created_at": NOON.isoformat(),
}


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process reads as the newer version does."""
    for contract in (newer.PostCreated, newer.PostUpdated):
        monkeypatch.setitem(contracts.CONTRACTS, contract.__name__, contract)
    for key, upcaster in newer.UPCASTERS.items():
        monkeypatch.setitem(contracts.UPCASTERS, key, upcaster)


@pytest.mark.usefixtures("upgraded")
def test_what_the_earlier_version_stored_is_read_in_the_new_shape() -> None:
    event = decode("PostCreated", json.dumps(OLD), 1)
    assert isinstance(event, newer.PostCreated)
    assert (event.text, event.language, event.created_at) == ("B", "unknown", NOON)
    assert decode("PostCreated", encode(event), 2) == event


@pytest.mark.usefixtures("upgraded")
def test_each_step_is_taken_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the version that was stored to the present one."""

    class PostCreated(newer.PostState, frozen=True, kw_only=True):
        version = 4

    steps = {
        ("PostCreated", 2): lambda data: {**data, "title": data["title"] + " two"},
        ("PostCreated", 3): lambda data: {**data, "title": data["title"] + " three"},
    }
    monkeypatch.setitem(contracts.CONTRACTS, "PostCreated", PostCreated)
    for key, step in steps.items():
        monkeypatch.setitem(contracts.UPCASTERS, key, step)
    second = {**OLD, "text": "B", "language": "en"}
    for version, data, title in (
        (1, OLD, "A two three"),
        (2, second, "A two three"),
        (3, second, "A three"),
        (4, second, "A"),
    ):
        event = decode("PostCreated", json.dumps(data), version)
        assert isinstance(event, PostCreated)
        assert (event.title, event.text) == (title, "B")


def test_a_later_version_is_unknown_and_not_misread() -> None:
    with pytest.raises(UnknownEvent, match="PostCreated of version 2: this program knows up to"):
        decode("PostCreated", json.dumps(OLD), 2)
    with pytest.raises(UnknownEvent, match="no contract is called 'PostPinned'"):
        decode("PostPinned", json.dumps(OLD), 1)


@pytest.mark.usefixtures("upgraded")
@pytest.mark.parametrize(
    ("version", "data", "why"),
    [
        (1, "{}", "version 1 to 2: KeyError"),
        (1, "[]", "Expected `object`"),
        (1, "no JSON", "malformed"),
        (1, json.dumps({**OLD, "title": 1}), r"\$.title"),
        (0, json.dumps(OLD), "version 0 to 1: KeyError"),
    ],
)
def test_bad_data_of_an_earlier_version_is_reported(version: int, data: str, why: str) -> None:
    with pytest.raises(BadEvent, match=f"PostCreated: .*{why}"):
        decode("PostCreated", data, version)


@pytest.mark.parametrize("name", sorted(contracts.CONTRACTS))
def test_every_earlier_version_has_its_upcaster(name: str) -> None:
    steps = {(name, version) for version in range(1, contracts.CONTRACTS[name].version)}
    assert {key for key in contracts.UPCASTERS if key[0] == name} == steps


def test_two_versions_side_by_side_lose_nothing_and_repeat_nothing(
    fresh_processes: Processes,
) -> None:
    """The older one parks what it cannot read, and goes on with the rest. Both write and handle at
    the same time. Then there is only the newer one."""
    [ahead] = fresh_processes.together(("published", "newer", 2))
    [[own, parked]] = fresh_processes.together(("upgraded", "older", 2), RETRY_SCALE="0")
    unknown = "UnknownEvent: PostCreated of version 2: this program knows up to version 1"
    assert parked == dict.fromkeys(("comments", "moderation", "query"), [unknown] * 2)

    both = [("upgraded", "older", 6), ("upgraded", "newer", 6)]
    [[older, _], [younger, _]] = fresh_processes.together(*both, RETRY_SCALE="0")

    end = fresh_processes.alone("upgraded_state", RETRY_SCALE="0")
    assert end["aside"] == dict.fromkeys(("comments", "moderation", "query"), 0)
    assert end["handled"] == end["stored"]
    assert end["page"] == {
        **{post: f"newer {n}" for n, post in enumerate(ahead)},
        **{post: f"older {n}, again" for posts in (own, older) for n, post in enumerate(posts)},
        **{post: f"Pinned: newer {n}, again" for n, post in enumerate(younger)},
    }
    assert end["texts"] == ["[en] A body", "[unknown] A body"]
    assert Counter(end["comments"]) == {"approved": 14}
    assert Counter(end["decisions"].values()) == {1: 14}
