"""Many write at once, and others follow: no position is skipped, nothing is handled twice."""

from collections import Counter, defaultdict

import pytest

from tests.eventstore.crowd import Field

WRITERS = [f"writer {n}" for n in range(4)]
ROUNDS = 8


def test_a_reader_that_follows_four_writers_skips_nothing_and_sees_nothing_twice(
    field: Field,
) -> None:
    post, shared, before = field.alone("opening")
    count = len(WRITERS) * ROUNDS * 3
    writers = [("writer", name, ROUNDS, post, shared) for name in WRITERS]
    *written, seen = field.together(*writers, ("reader", before, count))

    assert [position for position, *_ in seen] == list(range(before + 1, before + count + 1))
    assert len({event for _, event, *_ in seen}) == count
    of_subject = defaultdict(list)
    for _, _, subject, type_, author, content in seen:
        of_subject[subject].append((type_, author, content))
    for name, comments in zip(WRITERS, written, strict=True):
        assert [of_subject[comment] for comment in comments] == [
            [("CommentCreated", name, f"{n}"), ("CommentUpdated", name, f"{n} edited")]
            for n in range(ROUNDS)
        ]
        edits = [content for _, author, content in of_subject[shared] if author == name]
        assert edits == [f"{n}" for n in range(ROUNDS)]

    settled = field.alone("settled", post)
    assert settled["waiting"] == 0
    known = settled["known"][post]
    assert known["comments"] == known["shown"]
    last = of_subject[shared][-1]
    assert [shared, last[2], "approved"] in known["comments"]


@pytest.mark.parametrize("consumer", ["query", "moderation"])
def test_two_that_catch_up_at_once_never_handle_an_event_twice(field: Field, consumer: str) -> None:
    """As when a worker is started twice."""
    post, shared, before = field.alone("opening")
    rounds = 12
    field.together(("writer", "Bob", rounds, post, shared))
    head = before + rounds * 3
    catchers = [("catcher", consumer, head)] * 2
    one, other = field.together(*catchers, CONSUMER_BATCH="2")

    assert sum(one) + sum(other) == rounds * 3

    settled = field.alone("settled", post)
    decided = [subject for _, type_, subject in settled["log"] if type_ == "CommentModerated"]
    assert max(Counter(decided).values()) == 1
    assert settled["known"][post]["comments"] == settled["known"][post]["shown"]
