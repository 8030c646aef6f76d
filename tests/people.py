"""The people who use Hindsight, each with a browser that is logged in."""

from django.contrib.auth.models import Group, Permission, User
from django.test import Client

KINDS = ("anonymous", "user", "moderator", "staff", "superuser")
MODERATING_STAFF = "moderating staff"
"""A moderator who works in the admin, into which only staff comes."""
PEOPLE = (*KINDS, MODERATING_STAFF)


def person(kind: str) -> User:
    """A new user of one of these ``PEOPLE`` (but the anonymous), named after it."""
    user = User.objects.create_user(
        kind,
        is_staff=kind in ("staff", "superuser", MODERATING_STAFF),
        is_superuser=kind == "superuser",
    )
    if kind == "moderator":
        rights = ("view_review", "change_review")
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    if kind == MODERATING_STAFF:
        user.groups.add(Group.objects.get(name="Moderators"))
    return user


def browser_of(kind: str) -> Client:
    """The browser of such a person."""
    browser = Client()
    if kind != "anonymous":
        browser.force_login(person(kind))
    return browser
