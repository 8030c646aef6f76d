"""The moderator who works in the admin."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.moderation.moderating import logged_in


@pytest.fixture
def moderator(transactional_db: None) -> Client:
    return _moderator("mo")


@pytest.fixture
def second(transactional_db: None) -> Client:
    """Another one, called "ma"."""
    return _moderator("ma")


def _moderator(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Moderators"))
    return logged_in(user)
