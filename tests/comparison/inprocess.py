"""A service that comes later and those whom it asks for the past, all in one process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from comparison.history import (
    direct,
    events_caught_up,
    events_replayed,
    requests_batched,
    requests_per_post,
)
from comparison.history.way import Others, Way
from comparison.loading import load_services
from lab.data import blog
from lab.network import Answer
from query.models import Checkpoint, CommentView, PostView
from tests.people import person

BLOG = blog(12, seed=3)
WATCHED = next(post for post in BLOG if post.comments)
COPIES = {each.way.name: each.way for each in (requests_per_post, requests_batched, direct)}
EVENTS = {each.way.name: each.way for each in (events_caught_up, events_replayed)}


@dataclass
class InProcess:
    """Calls that this process answers itself, to staff. ``then`` comes after the one about the
    comments of ``WATCHED``."""

    client: Client
    then: Callable[[], None] = lambda: None

    def get(self, url: str, headers: dict[str, str]) -> Any:
        response = self.client.get(url)
        assert response.status_code == 200
        if url == f"/api/posts/{WATCHED.id}/comments/":
            self.then()
        return Answer(200, response.content, response.headers, 0.0)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(person("staff"))
    return client


@pytest.fixture
def past(staff: Client) -> Others:
    """There is a blog, and query has nothing yet."""
    load_services(BLOG)
    for model in (PostView, CommentView, Checkpoint):
        model._default_manager.all().delete()
    return Others(InProcess(staff), {"posts": "", "comments": ""})  # type: ignore[arg-type]


def take(way: Way, others: Others) -> None:
    for step in way.steps:
        step(others)
