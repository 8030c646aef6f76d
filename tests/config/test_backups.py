"""All databases are copied while people write, and what is restored from the copies is whole."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from threading import Event, Thread

import httpx
import pytest
from django.db import connections

from config import backups
from config.backups import BackupError, Manifest, read_manifest, refuse_to_restore
from config.processes.paths import BASE
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox
from tests.needs import need, require
from tests.running import SECONDS, Run, served

pytestmark = pytest.mark.xdist_group("processes")

SETTINGS = {"DJANGO_SETTINGS_MODULE": BLOG_SETTINGS, "ADMIN_PASSWORD": "for tests only"}


def manage(box: Sandbox, *arguments: object, code: int = 0) -> CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=BASE,
        env=dict(box.environment),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@contextmanager
def writing(address: str) -> Iterator[list[str]]:
    """Somebody writes comments as long as the context lasts; their ids, as they are accepted."""
    ids, is_over = list[str](), Event()
    client = httpx.Client(base_url=address, timeout=60)
    post = client.post("/api/posts/", json={"title": "A title"}).raise_for_status().json()["id"]

    def write() -> None:
        while not is_over.is_set():
            text = "an orange" if len(ids) % 5 == 0 else "a word"
            sent = client.post(f"/api/posts/{post}/comments/", json={"content": text})
            ids.append(sent.raise_for_status().json()["id"])

    writer = Thread(target=write)
    writer.start()
    try:
        yield ids
    finally:
        is_over.set()
        writer.join()
        client.close()


def wait_for_more(ids: list[str], count: int = 5) -> None:
    end, moment = len(ids) + count, Event()
    while len(ids) < end:
        moment.wait(0.01)


def restored_comments(box: Sandbox) -> dict[str, str]:
    """The comments on the page of what was restored: their status by id."""
    code = (
        "import json; from query.models import CommentView; "
        "print(json.dumps([[str(c.id), c.status] for c in CommentView.objects.all()]))"
    )
    return dict(json.loads(manage(box, "shell", "--verbosity", "0", "-c", code).stdout))


def assert_whole(target: Sandbox, before: list[str], accepted: list[str]) -> None:
    comments = restored_comments(target)
    assert set(before) <= comments.keys() <= set(accepted)
    for id_, status in comments.items():
        assert status == ("rejected" if accepted.index(id_) % 5 == 0 else "approved")


def test_a_backup_of_a_running_blog_is_whole(tmp_path: Path) -> None:
    """Workers handle events, and people write, between the copy of one database and the next."""
    copy = tmp_path / "copy"
    with sandbox("", **SETTINGS) as source, sandbox("", **SETTINGS) as target:
        with Run("run", source.var, {"THROTTLE_WRITES": "", "ADMIN_PASSWORD": "x y z"}) as run:
            with writing(run.address) as ids:
                wait_for_more(ids)
                before = ids.copy()
                printed = manage(source, "backup", copy).stdout
                wait_for_more(ids)
            assert [line.partition(":")[0] for line in printed.splitlines()[:-1]] == [
                *("posts", "comments", "moderation", "query", "default", "eventstore")
            ]
            refused = manage(source, "restore", copy, "--replace", code=1)
            assert "processes run here" in refused.stderr

        done = manage(target, "restore", copy)
        assert done.stdout.count("same") == 4
        assert_whole(target, before, ids)
        assert (target.var / "secret_key").read_bytes() == (source.var / "secret_key").read_bytes()
        assert {path.stat().st_mode & 0o077 for path in (copy, *copy.iterdir())} == {0}

        # Nothing is overwritten unless that is wanted; then what came later is gone.
        assert "posts is not empty" in manage(target, "restore", copy, code=1).stderr
        manage(target, "restore", copy, "--replace")
        assert_whole(target, before, ids)
        assert "exists already" in manage(target, "backup", copy, code=2).stderr


def test_a_backup_of_postgresql_is_whole(tmp_path: Path) -> None:
    url = need("PostgreSQL")
    require("pg_dump", shutil.which("pg_dump"))
    copy = tmp_path / "copy"
    with sandbox(url, **SETTINGS) as source, sandbox(url, **SETTINGS) as target:
        source.prepare()
        environment = {**os.environ, **source.environment}
        with served(environment) as port, writing(f"http://127.0.0.1:{port}") as ids:
            wait_for_more(ids)
            before = ids.copy()
            manage(source, "backup", copy)
        manage(target, "create_databases")
        done = manage(target, "restore", copy)
        assert done.stdout.count("same") == 4
        assert_whole(target, before, ids)
        manage(target, "restore", copy, "--replace")
        assert_whole(target, before, ids)


# --- What is refused


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of one small database."""
    with closing(sqlite3.connect(tmp_path / "posts.sqlite3")) as database:
        database.execute("CREATE TABLE post (id)")
    file = tmp_path / "posts.sqlite3"
    copy = backups.Copy(
        "posts", "sqlite", file.name, 1, backups.sha256(file), ["posts.0001_initial"]
    )
    write(tmp_path, Manifest("2026-01-01T00:00:00+00:00", [copy]))
    monkeypatch.setattr(backups, "in_order", lambda: [connections["posts"]])
    return tmp_path


def write(folder: Path, manifest: Manifest, format_: int = 1) -> None:
    databases = [vars(copy) for copy in manifest.databases]
    content = {"format": format_, "created_at": manifest.created_at, "databases": databases}
    (folder / backups.MANIFEST).write_text(json.dumps(content))


def damage(folder: Path) -> None:
    with (folder / "posts.sqlite3").open("ab") as file:
        file.write(b"x")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (damage, "is damaged"),
        (lambda folder: (folder / "posts.sqlite3").unlink(), "no complete backup"),
        (lambda folder: (folder / "backup.json").unlink(), "no complete backup"),
        (lambda folder: (folder / "backup.json").write_text("[]"), "cannot be read as a backup"),
        (lambda folder: (folder / "backup.json").write_text("{"), "cannot be read as a backup"),
        (lambda folder: write(folder, read_manifest(folder), 2), "another format"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(
    copies: Path, spoil: Callable[[Path], object], message: str
) -> None:
    assert read_manifest(copies).databases[0].alias == "posts"
    spoil(copies)
    with pytest.raises(BackupError, match=message):
        read_manifest(copies)


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "posts is not empty"),
        ({"vendor": "oracle"}, "one of oracle"),
        ({"alias": "query"}, "no copy of posts"),
        ({"migrations": ["posts.0001_initial", "posts.9999_later"]}, "newer version.*9999_later"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    copies: Path, changes: dict[str, object], message: str
) -> None:
    vendor = connections["posts"].vendor
    [copy] = read_manifest(copies).databases
    changed = backups.Copy(**{**vars(copy), "vendor": vendor, **changes})
    if vendor == "mysql":
        message = "tool of its own"
    with pytest.raises(BackupError, match=message):
        refuse_to_restore(Manifest("", [changed]), replace=False)


def test_a_backup_that_fails_leaves_nothing(
    copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy", fail)
    monkeypatch.setattr(backups, "refuse_other_vendors", lambda databases: None)
    with pytest.raises(BackupError, match="No space left"):
        list(backups.back_up(tmp_path / "new"))
    assert not list(tmp_path.glob("new*"))
