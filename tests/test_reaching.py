"""Wrong settings and absent servers: one line, before anything is started."""

from pathlib import Path

import pytest

from tests.running import Run


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x_{alias}"},
            "cannot open the database 'default'",
        ),
        ({"POSTS_DATABASE_URL": "sqlite:////nowhere/x"}, "cannot open the database 'posts'"),
        ({"DATABASE_URL": "nonsense"}, "the database URL of default is none that we know"),
        ({"BROKER_URL": "redis://127.0.0.1:1/0"}, "cannot reach the broker"),
        ({"BROKER_URL": "nonsense://x"}, "the setting BROKER_URL cannot be read"),
        ({"ALLOWED_HOSTS": "blog.example", "SECRET_KEY": ""}, "set SECRET_KEY"),
        ({"SWEEP_INTERVAL": "often"}, "the setting SWEEP_INTERVAL cannot be read"),
    ],
)
def test_what_is_missing_is_one_line_before_anything_starts(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    with Run("run", tmp_path / "var", settings) as run:
        assert run.process.wait() == 1

    assert said in run.output
    assert run.output.startswith("hindsight: ")
    assert run.output.count("\n") == 1
