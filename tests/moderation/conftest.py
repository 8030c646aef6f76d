"""Fixtures of moderation."""

from tests.moderation.moderating import moderator as moderator
