"""A real worker whose handlers hang is noticed, or killed, and its work is done."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.eventstore.crowd import Field
from tests.own import SECONDS

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(
    "field", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True
)
def test_a_real_worker_that_hangs_is_noticed_and_its_work_done(
    field: Field, tmp_path: Path
) -> None:
    """One event hangs for ever; one hangs once, where only a kill helps; of one, processes die."""
    posts = [str(uuid4()) for _ in range(3)]
    grave, log = tmp_path / "grave", tmp_path / "log"
    limits = {"TASK_SOFT_TIME_LIMIT": "2", "TASK_TIME_LIMIT": "3", "SWEEP_INTERVAL": "0.3"}
    with log.open("w") as errors:
        worker = field.start("hanging", grave, stderr=errors, **limits)
        try:
            told = field.alone("hung", *posts)
        finally:
            worker.terminate()
            worker.communicate(timeout=SECONDS)
    assert told == {
        "hang once": ["CommentCreated", "CommentModerated"],
        "hang for ever": ["CommentCreated"],
        "die": ["CommentCreated"],
        "a kind word": ["CommentCreated", "CommentModerated"],
        "parked": [
            "HandlerTimeout: no response within 0.4 seconds",
            "ProcessCrashed: 3 processes died at this event",
        ],
    }, log.read_text()
    assert grave.exists()
    assert "Hard time limit (3s) exceeded" in log.read_text()
