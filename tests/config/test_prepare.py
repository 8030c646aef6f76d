"""What is made ready before the processes start."""

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management.utils import get_random_secret_key
from django.db import connection

from config.processes.prepare import WEAK_KEY, ensure_admin, is_behind, warn_of_weak_key


@pytest.mark.django_db
def test_an_administrator_is_made_once_and_the_password_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ensure_admin("")
    [line] = capsys.readouterr().out.splitlines()
    password = line.rpartition(" ")[2]

    admin = authenticate(username="admin", password=password)
    assert isinstance(admin, User)
    assert admin.is_superuser
    ensure_admin("another")
    assert capsys.readouterr().out == ""
    assert authenticate(username="admin", password="another") is None


@pytest.mark.django_db
def test_the_password_may_be_given_and_is_not_told_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ensure_admin("given-by-me")

    assert "given-by-me" not in capsys.readouterr().out
    assert authenticate(username="admin", password="given-by-me")


@pytest.mark.django_db
def test_a_database_is_behind_only_where_a_migration_is_missing() -> None:
    assert not is_behind(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'auth'")
    assert is_behind(connection)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("short", f"hindsight: {WEAK_KEY}\n"),
        ("a" * 60, f"hindsight: {WEAK_KEY}\n"),
        (get_random_secret_key(), ""),
    ],
    ids=["short", "all the same", "random"],
)
def test_a_weak_key_is_told(
    capsys: pytest.CaptureFixture[str], settings: LazySettings, key: str, said: str
) -> None:
    settings.SECRET_KEY = key

    warn_of_weak_key()

    assert capsys.readouterr().err == said
