"""Fixtures that every test may use."""

import pytest
from django.core.cache import cache

from posts import services as posts
from posts.models import Post
from tests.histories import settle


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Throttles count in the cache: each test starts at zero."""
    cache.clear()


@pytest.fixture(autouse=True)
def _first_rule(request: pytest.FixtureRequest) -> None:
    """Transactional tests empty the tables, what migrations put there included: put it back."""
    mark = request.node.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        from moderation.models import Rule

        Rule.objects.get_or_create(term="orange", match="prefix", action="reject")


@pytest.fixture
def post(_first_rule: None) -> Post:
    """A post that every service knows."""
    post = posts.create_post("A title", "A body")
    settle()
    return post
