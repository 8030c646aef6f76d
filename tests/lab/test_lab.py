"""The lab has a place of its own, and nothing of it is there outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client as DjangoClient

from config.processes.paths import BASE
from lab.errors import LabFailed
from lab.sandbox import Sandbox, sandbox
from tests.comparison.lab import var as var


def test_no_setting_of_the_blog_comes_in(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICES", "POSTS_URL", "POSTS_DATABASE_URL", "SECRET_KEY", "BROKER_URL"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////home/me/{alias}.sqlite3")

    with sandbox(THROTTLE_WRITES="5/s") as box:
        assert not {"mine"} & set(box.environment.values())
        assert "DATABASE_URL" not in box.environment
        assert box.environment["THROTTLE_WRITES"] == "5/s"
        assert box.var.is_relative_to(var)
        assert box.environment["VAR_DIR"] == str(box.var)

    assert list((var / "lab").iterdir()) == []


@pytest.mark.parametrize(
    ("mine", "own"),
    [
        ("postgres://me@db.example:5432/blog_{alias}", "postgres://me@db.example:5432/"),
        ("mysql://me:pw@127.0.0.1/blog-{alias}?ssl=true", "mysql://me:pw@127.0.0.1/"),
    ],
)
def test_on_a_server_it_has_databases_of_its_own(
    var: Path, monkeypatch: pytest.MonkeyPatch, mine: str, own: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", mine)
    monkeypatch.setattr(Sandbox, "ask", lambda self, *asked: None)  # there is no such server

    with sandbox() as box:
        url = box.environment["DATABASE_URL"]

    assert url.startswith(own)
    assert f"/{box.name}_{{alias}}" in url
    assert "blog" not in url


def test_what_a_process_says_comes_back(var: Path) -> None:
    with sandbox() as box:
        assert box.ask("tests.lab.lab_says", "a", 2) == {"said": ["a", "2"], "lab": "1"}
        with pytest.raises(LabFailed, match="nothing was said"):
            box.ask("tests.lab.lab_says")


def test_outside_of_the_lab_nothing_is_counted_and_nothing_can_be_broken(
    client: DjangoClient,
) -> None:
    assert "X-Lab-Queries" not in client.get("/healthz").headers
    assert client.put("/lab/faults/", b"{}").status_code == 404
    assert client.get("/lab/monolith/join/").status_code == 404


def test_the_lab_is_for_loopback_alone() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE,
        env={**os.environ, "LAB": "1", "ALLOWED_HOSTS": "blog.example", "SECRET_KEY": "x" * 50},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "LAB is for loopback alone" in done.stderr
