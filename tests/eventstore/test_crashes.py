"""Killed at the worst moment: nothing is lost, nothing happens twice."""

import signal
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.eventstore.crowd import Field
from tests.own import SECONDS

WAY = ("CommentCreated", "CommentModerated", "CommentUpdated")


def die(field: Field, place: str, *steps: str) -> str:
    """In the last of the steps that follow on a new post; its id."""
    post = str(uuid4())
    process = field.start("dying", place, f"post={post}", f"comment={post}", *steps)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL, errors
    return post


def assert_all_went_their_way_once(settled: Any, post: str, comments: int = 1) -> None:
    """Each comment on the post was created, judged and updated, once each, and all agree on it."""
    said = Counter((subject, type_) for _, type_, subject in settled["log"])
    known = settled["known"][post]
    assert len(known["comments"]) == comments
    for comment, _, status in known["comments"]:
        assert status == "approved"
        assert [said[comment, type_] for type_ in WAY] == [1, 1, 1]
    assert known["comments"] == known["shown"] == known["reviews"]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="a writer"),
        pytest.param(["catch_up=moderation"], id="a consumer that judges"),
        pytest.param(["catch_up=moderation", "catch_up=comments"], id="one that says what follows"),
    ],
)
def test_it_is_killed_anywhere(field: Field, steps: list[str]) -> None:
    """In its transaction; between that and its relay; in the store's transaction; between the
    store's commit and the emptying of the outbox. What one leaves the next may carry."""
    places = ["checkpoint"] * bool(steps) + ["relay", "append", "delete"]
    posts = [die(field, place, *steps) for place in places]
    settled = field.alone("settled", *posts)
    positions = [position for position, *_ in settled["log"]]
    assert positions == list(range(1, len(positions) + 1))
    assert settled["waiting"] == 0
    for post in posts:
        assert_all_went_their_way_once(settled, post)


def test_it_is_saved_while_the_store_cannot_be_reached(field: Field) -> None:
    post, *_ = field.alone("opening")
    down = {"EVENTSTORE_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    status, headers = field.alone("posting", post, ALLOWED_HOSTS="testserver", **down)
    assert (status, headers.get("X-Event-Position")) == (201, None)
    assert_all_went_their_way_once(field.alone("settled", post), post, comments=2)


@pytest.mark.parametrize(
    "field", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True
)
def test_a_worker_whose_processes_are_killed_makes_it_good_itself(
    field: Field, tmp_path: Path
) -> None:
    """Celery replaces the killed process; the next sweep carries what it left. On which database
    that is makes no difference."""
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
    assert_all_went_their_way_once(field.alone("settled", post), post, comments=3)
