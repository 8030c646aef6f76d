"""The people who use Hindsight, each with a browser that is logged in."""

from django.contrib.auth.models import Permission, User
from django.test import Client

KINDS = ("anonymous", "user", "moderator", "staff", "superuser")


def person(kind: str) -> User:
    """A new user of one of these ``KINDS`` (but the anonymous), named after it."""
    user = User.objects.create_user(
        kind,
        is_staff=kind in ("staff", "superuser"),
        is_superuser=kind == "superuser",
    )
    if kind == "moderator":
        rights = ("view_review", "change_review")
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def browser_of(kind: str) -> Client:
    """The browser of such a person."""
    browser = Client()
    if kind != "anonymous":
        browser.force_login(person(kind))
    return browser
