"""Killed at the worst moment: nothing is lost, nothing happens twice."""

import signal
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from tests.crowd import Field
from tests.own import SECONDS

WAY = ("CommentCreated", "CommentModerated", "CommentUpdated")


def die(field: Field, place: str, *steps: str) -> str:
    """In the last of the steps that follow on a new post; its id."""
    post = str(uuid4())
    process = field.start("dying", place, f"post={post}", f"comment={post}", *steps)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL, errors
    return post


def assert_all_went_their_way_once(field: Field, post: str, comments: int = 1) -> None:
    """Each comment was created, judged and updated, once each, and all agree on it."""
    settled = field.alone("settled", post)
    positions = [position for position, *_ in settled["log"]]
    assert positions == list(range(1, len(positions) + 1))
    said = Counter((subject, type_) for _, type_, subject in settled["log"])
    assert len(settled["comments"]) == comments
    for comment, _, status in settled["comments"]:
        assert status == "approved"
        assert [said[comment, type_] for type_ in WAY] == [1, 1, 1]
    assert settled["comments"] == settled["shown"] == settled["reviews"]
    assert settled["waiting"] == 0


@pytest.mark.parametrize("place", ["relay", "append", "delete"])
def test_who_wrote_a_comment_is_killed(field: Field, place: str) -> None:
    """Between its transaction and its relay; in the store's transaction; between the store's
    commit and the emptying of the outbox."""
    post = die(field, place)
    assert_all_went_their_way_once(field, post)


@pytest.mark.parametrize("place", ["checkpoint", "relay", "append", "delete"])
def test_a_consumer_that_judges_is_killed(field: Field, place: str) -> None:
    """In its transaction; between that and its relay; and where a writer may be killed."""
    post = die(field, place, "catch_up=moderation")
    assert_all_went_their_way_once(field, post)


@pytest.mark.parametrize("place", ["checkpoint", "delete"])
def test_a_consumer_that_says_what_follows_is_killed(field: Field, place: str) -> None:
    post = die(field, place, "catch_up=moderation", "catch_up=comments")
    assert_all_went_their_way_once(field, post)


def test_a_worker_whose_processes_are_killed_makes_it_good_itself(
    field: Field, tmp_path: Path
) -> None:
    """Celery replaces the killed process; the next sweep carries what it left."""
    post = str(uuid4())
    graves, log = tmp_path / "graves", tmp_path / "log"
    graves.mkdir()
    with log.open("w") as errors:
        worker = field.start("mortal", graves, stderr=errors, SWEEP_INTERVAL="0.3")
        try:
            judged = field.alone("judged", post)
        finally:
            worker.terminate()
            worker.communicate(timeout=SECONDS)
    assert judged == [["CommentCreated", "CommentModerated"]] * 3, log.read_text()
    assert log.read_text().count("exited with 'signal 9 (SIGKILL)'") == 2
    assert_all_went_their_way_once(field, post, comments=3)
