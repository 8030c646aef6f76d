"""Wrong settings and absent servers: one line, before anything is started."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running import Run
from tests.servers import need


@pytest.mark.parametrize(
    ("settings", "said"),
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
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    assert said in refusal(tmp_path, settings)


@pytest.mark.parametrize(
    ("server", "setting", "user", "said"),
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
    tmp_path: Path, server: str, setting: str, user: str, said: str
) -> None:
    url = urlsplit(need(server))
    netloc = f"{user}@{url.netloc.rpartition('@')[2]}" if user else url.netloc
    place = "missing_{alias}" if setting == "DATABASE_URL" else "missing"

    line = refusal(tmp_path, {setting: url._replace(netloc=netloc, path=f"/{place}").geturl()})

    assert said in line
    assert ("create_databases" in line) == ("create_databases" in said)


def refusal(tmp_path: Path, settings: dict[str, str]) -> str:
    """The one line that is said where nothing is started, and no password in it."""
    with Run("run", tmp_path / "var", settings) as run:
        assert run.process.wait() == 1

    assert run.output.startswith("hindsight: ")
    assert run.output.count("\n") == 1
    assert "secret" not in run.output.replace("set SECRET_KEY", "")
    return run.output
