"""Wrong settings and absent servers are one line before anything starts; the rest is prepared."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management.utils import get_random_secret_key
from django.db import connection

from config.environment import STRONG_KEY
from config.processes.prepare import ensure_admin, warn_of_weak_key
from eventstore.outages import is_behind
from tests.needs import need
from tests.running import Run

ENTRIES = {
    "web": ["-c", "import config.asgi"],  # as granian does, which has a log of its own
    "worker": ["-m", "celery", "-A", "config", "worker", "-Q", "posts"],
    "a command": ["manage.py", "services"],
    "everything": ["-m", "config.processes", "run"],
}
NO_SECRET = "set SECRET_KEY: ALLOWED_HOSTS names hosts beyond this machine"


def start(entry: str, var: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        [sys.executable, *ENTRIES[entry]],
        cwd=settings.BASE_DIR,
        env=environment | {"VAR_DIR": str(var)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_there_is_no_default_secret_beyond_this_machine(entry: str, tmp_path: Path) -> None:
    done = start(entry, tmp_path, ALLOWED_HOSTS="blog.example,localhost")

    assert done.returncode == 1
    assert done.stderr == f"hindsight: cannot start with these settings: {NO_SECRET}\n"
    assert done.stdout == ""
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "key",
    [get_random_secret_key()[:49], "abcd" * 20, "django-insecure-" + get_random_secret_key(), " "],
    ids=["49 characters", "4 different characters", "made by startproject", "a space"],
)
def test_the_public_is_not_served_with_a_weak_secret(entry: str, key: str, tmp_path: Path) -> None:
    done = start(entry, tmp_path, ALLOWED_HOSTS="*", SECRET_KEY=key)

    assert done.returncode == 1
    assert done.stderr == (
        "hindsight: cannot start with these settings: SECRET_KEY is too weak, as ALLOWED_HOSTS "
        f"names hosts beyond this machine: {STRONG_KEY}\n"
    )
    assert done.stdout == ""


def test_the_public_is_served_with_a_strong_secret_and_loopback_with_any(tmp_path: Path) -> None:
    strong = get_random_secret_key()
    for hosts, key in (("blog.example", strong), ("localhost", "short"), ("", "short")):
        done = start("web", tmp_path, ALLOWED_HOSTS=hosts, SECRET_KEY=key)
        assert (done.returncode, done.stderr) == (0, "")


def test_files_of_a_command_are_private(tmp_path: Path) -> None:
    var = tmp_path / "var"
    start("a command", var)  # finds no tables

    assert var.stat().st_mode & 0o077 == 0
    files = ["secret_key", "eventstore.sqlite3"]
    assert [(var / file).stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = start("a command", tmp_path, CONSUMER_BATCH="many")

    assert done.returncode == 1
    assert done.stderr == (
        "hindsight: cannot start with these settings: "
        "CONSUMER_BATCH is a whole number from 1 to 1000000000, not 'many'\n"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x_{alias}"},
            "cannot open the database 'default'",
        ),
        ({"POSTS_DATABASE_URL": "sqlite:////nowhere/x"}, "cannot open the database 'posts'"),
        ({"DATABASE_URL": "nonsense"}, "the database URL of default is not supported"),
        (
            {"DATABASE_URL": "oracle://h/{alias}"},
            "the database URL of default is not supported",
        ),
        ({"DATABASE_URL": "postgres://a:secret/b@h/{alias}"}, "the database URL of default cannot"),
        ({"BROKER_URL": "redis://127.0.0.1:1/0"}, "cannot reach the broker"),
        ({"BROKER_URL": "redis://127.0.0.1:1/abc"}, "cannot reach the broker (Database is int"),
        ({"BROKER_URL": "nonsense://x"}, "BROKER_URL is not supported"),
        ({"BROKER_URL": "kafka://x"}, "BROKER_URL is not supported"),
        ({"ALLOWED_HOSTS": "blog.example", "SECRET_KEY": ""}, "set SECRET_KEY"),
        ({"SWEEP_INTERVAL": "often"}, "SWEEP_INTERVAL is a number from 0.1 "),
    ],
)
def test_what_is_missing_is_one_line_before_anything_starts(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    assert message in refusal(tmp_path, settings)


@pytest.mark.parametrize(
    ("server", "setting", "user", "message"),
    [
        ("PostgreSQL", "DATABASE_URL", "nobody:secret", "are the user and the password in"),
        ("MariaDB", "DATABASE_URL", "nobody:secret", "are the user and the password in"),
        ("PostgreSQL", "DATABASE_URL", "", "create_databases creates"),
        ("MariaDB", "DATABASE_URL", "", "create_databases creates"),
        ("RabbitMQ", "BROKER_URL", "nobody:secret", "broker (ACCESS_REFUSED - Login was refused"),
        ("RabbitMQ", "BROKER_URL", "", "broker (NOT_ALLOWED - vhost missing"),
    ],
)
def test_a_server_that_refuses_is_one_line(
    tmp_path: Path, server: str, setting: str, user: str, message: str
) -> None:
    url = urlsplit(need(server))
    netloc = f"{user}@{url.netloc.rpartition('@')[2]}" if user else url.netloc
    place = "missing_{alias}" if setting == "DATABASE_URL" else "missing"

    line = refusal(tmp_path, {setting: url._replace(netloc=netloc, path=f"/{place}").geturl()})

    assert message in line
    assert ("create_databases" in line) == ("create_databases" in message)


def refusal(tmp_path: Path, settings: dict[str, str]) -> str:
    """The one line on stderr where nothing is started, without a password."""
    with Run("run", tmp_path / "var", settings) as run:
        assert run.process.wait() == 1

    assert run.output.startswith("hindsight: ")
    assert run.output.count("\n") == 1
    assert "secret" not in run.output.replace("set SECRET_KEY", "")
    return run.output


@pytest.mark.django_db
def test_an_administrator_is_made_once_and_the_password_printed_once(
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
def test_a_configured_password_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ensure_admin("chosen-by-me")

    assert "chosen-by-me" not in capsys.readouterr().out
    assert authenticate(username="admin", password="chosen-by-me")


@pytest.mark.django_db
def test_a_database_is_behind_only_where_a_migration_is_missing() -> None:
    assert not is_behind(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'auth'")
    assert is_behind(connection)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("short", f"hindsight: SECRET_KEY is too weak to keep: {STRONG_KEY}\n"),
        ("a" * 60, f"hindsight: SECRET_KEY is too weak to keep: {STRONG_KEY}\n"),
        (get_random_secret_key(), ""),
    ],
    ids=["short", "all the same", "random"],
)
def test_a_weak_key_is_reported(
    capsys: pytest.CaptureFixture[str], settings: LazySettings, key: str, message: str
) -> None:
    settings.SECRET_KEY = key

    warn_of_weak_key()

    assert capsys.readouterr().err == message
