"""Once a write is saved its answer is good, whatever goes wrong with saying it."""

from typing import Any, NoReturn

import pytest
from django.test import Client

from eventstore.models import Event
from eventstore.nudges import seen
from posts.models import Outbox, Post
from tests.calls import send
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WRITTEN = {"title": "A title", "body": "A body"}


def break_down(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("nobody thought of this")


@pytest.mark.parametrize("broken", ["eventstore.store.locked_head", "eventstore.tasks.consume"])
@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_what_is_saved_is_answered_for(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
    form: bool,
) -> None:
    with monkeypatch.context() as broken_down:
        attribute = f"{broken}.apply_async" if broken.endswith("consume") else broken
        broken_down.setattr(attribute, break_down)
        seen_all()
        if form:
            response = client.post("/posts/", WRITTEN)
        else:
            response = send(client, "POST", "/api/posts/", WRITTEN)

    assert response.status_code == (302 if form else 201)
    assert "nobody thought of this" in caplog.text
    assert Post.objects.count() == 1
    settle()
    assert Event.objects.count() == 1
    assert not Outbox.objects.exists()
    assert "A title" in client.get("/").text


def seen_all() -> None:
    """Workers have been there once: who says something wakes them."""
    for consumer in ("comments", "moderation", "query"):
        seen(consumer)
