"""A worker that works hard is shown as running, and carries what was left in outboxes."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eventstore import outbox, presence, store, tasks
from eventstore.consumer import consumers
from eventstore.models import Subscription
from lab.errors import wait_until
from posts import services as posts
from tests.eventstore.events import all_workers_seen
from tests.eventstore.processes import Processes
from tests.own import SECONDS, command

# A task catches up for 3 seconds, in batches of half a second; a worker that was not seen for 0.9
# seconds is not running.
LIMITS = {"TASK_SOFT_TIME_LIMIT": "10", "SWEEP_INTERVAL": "0.3"}
COMMENTS, SECONDS_EACH = 160, 0.25
SAMPLES = 4

Services = Callable[[], dict[str, list[str]]]


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Services]:
    """Moderation's worker has more than half a minute's work, and an event of posts was left in
    its outbox. What ``manage.py services`` shows, by service: worker, position, lag in events and
    in seconds, parked, waiting in the outbox."""
    processes = Processes(tmp_path, f"sqlite:///{tmp_path}/{{alias}}.sqlite3")
    gate, log = tmp_path / "gate", tmp_path / "log"

    def shown() -> dict[str, list[str]]:
        lines = command({**processes.env, **LIMITS}, "manage.py", "services").splitlines()
        rows = [re.split(r"\s{2,}", line.strip()) for line in lines]
        return {row[0]: row[1:] for row in rows if len(row) > 2}

    with log.open("w") as errors:
        worker = processes.start("toiling", gate, SECONDS_EACH, stderr=errors, **LIMITS)
        try:
            wait_until(lambda: shown()["moderation"][0] == "running", SECONDS, log.read_text)
            processes.alone("backlog", COMMENTS, **LIMITS)
            yield shown
        finally:
            gate.touch()
            worker.terminate()
            worker.communicate(timeout=SECONDS)


def test_a_worker_with_much_to_do_is_running_and_carries_outboxes(busy: Services) -> None:
    seen: list[dict[str, list[str]]] = []
    while len(seen) < SAMPLES or seen[-1]["posts"][-1] != "0":
        seen.append(busy())
        worker, _, lag, seconds, *_ = seen[-1]["moderation"]
        assert int(lag) > 0, "it was done before enough was seen"
        assert float(seconds) > 0
        assert worker == "running"


in_process = pytest.mark.django_db(transaction=True, databases="__all__")


def leave_in_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        posts.create_post("A title", "A body")


@in_process
def test_a_sweep_that_comes_late_relays_and_is_noted_and_leaves_catching_up_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "_swept_at", float("-inf"))
    leave_in_outbox(monkeypatch)
    assert tasks.sweep("query", until=time.time() - 1) is None
    assert store.head_position() == 1
    assert Subscription.objects.get().consumer == "query"
    assert consumers()["query"].position() == 0
    tasks.sweep("query", until=time.time() + 60)
    assert consumers()["query"].position() == 1


@in_process
def test_of_many_late_sweeps_one_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """They pile up behind a task that waits for a database, and must not do so one by one."""
    monkeypatch.setattr(tasks, "_swept_at", float("-inf"))
    tasks.sweep("query", until=time.time() - 9)
    leave_in_outbox(monkeypatch)
    for ago in range(8, 0, -1):
        tasks.sweep("query", until=time.time() - ago)
    assert store.head_position() == 0
    tasks.sweep("query", until=time.time() + 60)
    assert store.head_position() == 1


@in_process
def test_being_noted_as_running_leaves_a_nudge_that_waits_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("eventstore.presence.connections.close_all", lambda: None)
    all_workers_seen()
    claimed = Subscription.claim_idle({"PostCreated"})
    before = Subscription.objects.get(consumer="query").seen_at
    presence.note_seen("query")
    after = Subscription.objects.get(consumer="query")
    assert "query" in claimed
    assert after.nudged
    assert after.seen_at is not None
    assert before is not None
    assert after.seen_at > before
