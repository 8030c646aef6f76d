"""How tests drive the system: act, let it settle, check."""

import pytest
from django.conf import LazySettings

from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.outbox import relay
from posts import services as posts
from posts.models import Post


def settle() -> None:
    """Relay every outbox and let every consumer catch up, until nothing moves."""
    while sum(map(relay, outboxes())) + sum(c.catch_up().handled for c in consumers().values()):
        pass


def park_a_post(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Post:
    """A post that query cannot record: its creation is parked, and its change waits behind."""
    settings.RETRY_SCALE = 0
    with monkeypatch.context() as patch:
        patch.setitem(consumers()["query"].handlers, "PostCreated", lambda event: 1 / 0)
        post = posts.create_post("A title", "A body")
        posts.update_post(post.id, title="Another")
        settle()
    return post
