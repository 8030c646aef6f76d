"""The wall clock is set back by an hour: what lasts for seconds does not last for an hour."""

import struct
from datetime import timedelta
from io import StringIO
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from comments import services as comments
from eventstore.models import Subscription
from lab.errors import wait_until
from posts.models import Post
from tests.eventstore.events import all_workers_seen
from tests.own import command, environment
from tests.running import SECONDS, served

HOUR = timedelta(hours=1)
stored = pytest.mark.django_db(transaction=True, databases="__all__")


def test_an_address_is_refused_no_longer_than_before(tmp_path: Path) -> None:
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="lab.chaos.settings", THROTTLE_WRITES="2/s")
    command(env, "-m", "config.processes.prepare")
    with served(env) as port:

        def is_refused() -> bool:
            return httpx.post(f"http://127.0.0.1:{port}/api/posts/", json={}).status_code == 429

        wait_until(is_refused, SECONDS, "there is no limit")
        with (tmp_path / "clock").open("r+b") as clock:  # see lab/chaos/clock.py
            clock.write(struct.pack("=d", -HOUR.total_seconds()))
        wait_until(lambda: not is_refused(), SECONDS, "the address is locked out")
        wait_until(is_refused, SECONDS, "there is no limit any more")


@stored
def test_a_worker_that_stopped_before_is_not_shown_as_running(post: Post) -> None:
    all_workers_seen()
    assert services().count("not running") == 0
    Subscription.objects.filter(consumer="query").update(seen_at=timezone.now() + HOUR)
    assert services().count("not running") == 1


@stored
def test_events_from_before_are_no_lag_below_zero(
    post: Post, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments.create_comment(post.id, "Ann", "A word")
    earlier = timezone.now() - HOUR
    monkeypatch.setattr(timezone, "now", lambda: earlier)
    assert "-" not in "".join(line for line in services().splitlines() if "moderation" in line)
    figures = client.get("/metrics").text
    assert 'hindsight_consumer_lag_seconds{consumer="moderation"} 0.0' in figures
    assert client.get("/readyz").status_code == 200


def services() -> str:
    output = StringIO()
    call_command("services", stdout=output)
    return output.getvalue()
