"""The real processes on a disk that is full: readers read, writers get 503, and all goes on by
itself when there is space."""

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from supervisor.loggers import Logger

from config.celery import announce_or_retry
from config.processes.daemon import LogFile
from config.processes.paths import RunPaths
from lab.disk import Disk, can_mount, small_disk
from tests.needs import DISK, require
from tests.running import Run, assert_gone, wait_until

pytestmark = pytest.mark.xdist_group("processes")

SETTINGS = {"THROTTLE_WRITES": "", "THROTTLE_LOGINS": "", "ADMIN_PASSWORD": "for tests only"}
ADMIN = {"username": "admin", "password": "for tests only"}
PROCESSES = ("web", "comments-worker", "moderation-worker", "query-worker")
LONG = "A long word. " * 150


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    require(DISK, can_mount())
    with small_disk(tmp_path / "disk") as disk:
        yield disk


class Blog(AbstractContextManager["Blog"]):
    """A client, which remembers what was accepted."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.client = httpx.Client(base_url=run.address, timeout=60)
        created = self.client.post("/api/posts/", json={"title": "A title", "body": "A body"})
        self.post: str = created.json()["id"]
        self.accepted: list[str] = []

    def __exit__(self, *error: object) -> None:
        self.client.close()

    def comment(self) -> httpx.Response:
        body = {"author": "Ann", "content": LONG}
        response = self.client.post(f"/api/posts/{self.post}/comments/", json=body)
        if response.is_success:
            self.accepted.append(response.json()["id"])
        return response

    def is_refused(self) -> bool:
        """Writes to the services' databases are refused. (Some may still fit into a journal.)"""
        comment = self.comment()
        return comment.status_code == 503 and self.send_form("/posts/").status_code == 503

    def send_form(self, path: str, **fields: str) -> httpx.Response:
        form = {"title": "Another", "body": LONG, **self.token(), **fields}
        return self.client.post(path, data=form)

    def log_in(self) -> httpx.Response:
        return self.client.post("/admin/login/", data={**ADMIN, **self.token("/admin/login/")})

    def token(self, path: str = "/") -> dict[str, str]:
        page = self.client.get(path).text
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return {"csrfmiddlewaretoken": token}

    def reads(self) -> dict[str, int]:
        paths = [
            *("/", f"/posts/{self.post}/", "/healthz", "/readyz", "/metrics", "/admin/login/"),
            *("/api/posts/", f"/api/posts/{self.post}/", f"/api/posts/{self.post}/comments/"),
            *("/api/query/posts/", f"/api/query/posts/{self.post}/"),
        ]
        get = self.client.get
        return {path: get(path, follow_redirects=True).status_code for path in paths}

    def approved(self) -> int | None:
        """The number on the page; None as long as the page does not have the post."""
        response = self.client.get(f"/api/query/posts/{self.post}/")
        return int(response.json()["comment_count"]) if response.is_success else None

    def kept(self) -> set[str]:
        """The ids of the comments that their service has."""
        ids, address = set[str](), f"/api/posts/{self.post}/comments/"
        while address:
            page = self.client.get(address).json()
            ids |= {comment["id"] for comment in page["results"]}
            address = page["next"]
        return ids

    def is_up(self) -> bool:
        try:
            return self.client.get("/healthz").is_success
        except httpx.TransportError:
            return False


def test_readers_read_while_the_disk_is_full_and_all_goes_on_when_there_is_space(
    disk: Disk,
) -> None:
    with Run("run", disk.folder / "var", SETTINGS) as run, Blog(run) as blog:
        assert blog.comment().status_code == 201
        wait_until(lambda: blog.approved() == 1, run)  # what is not handled yet waits for space
        with disk.full():
            wait_until(blog.is_refused, run)
            assert set(blog.reads().values()) == {200}
            refused = blog.comment()
            assert refused.status_code == 503
            assert refused.headers["Retry-After"]
            assert "temporarily unavailable" in refused.json()["detail"]
            form = blog.send_form(
                f"/posts/{blog.post}/comments/", content="What I typed", author=""
            )
            assert (form.status_code, "What I typed" in form.text) == (503, True)
            assert blog.log_in().status_code == 503

            # Processes that die are started again, and readers read what those find.
            victims = [run.processes_of(name)[0] for name in PROCESSES]
            for victim in victims:
                victim.send_signal(signal.SIGKILL)
            assert_gone(victims)
            wait_until(blog.is_up, run)
            wait_until(lambda: blog.comment().status_code == 503, run)
            assert set(blog.reads().values()) == {200}
            # Each leaves two lines in the log, more than the file's last block has space for.
            assert {blog.comment().status_code for _ in range(40)} == {503}
            wait_until(lambda: are_running(run), run)
        assert run.process.poll() is None

        wait_until(lambda: blog.comment().status_code == 201, run)
        wait_until(lambda: blog.approved() == len(blog.accepted), run)
        assert set(blog.accepted) <= blog.kept()
        assert blog.log_in().status_code == 302
        assert are_running(run)
        log = (run.var / "log/web.log").read_text()
        assert "(Some output was lost: No space left on device.)" in log


def are_running(run: Run) -> bool:
    """`make status` works, and shows all processes as running."""
    status = run.do("status")
    assert (status.returncode, status.stderr) == (0, "")
    return status.stdout.count(" running ") == len(PROCESSES)


def test_each_service_starts_again_although_its_journals_are_gone(disk: Disk) -> None:
    """The last process to close a database deletes its journal."""
    var = disk.folder / "var"
    with Run("run-services", var, SETTINGS) as run, httpx.Client(timeout=60) as blog:
        posts = f"http://127.0.0.1:{run.port + 1}/api/posts/"
        assert blog.post(posts, json={"title": "A title", "body": "A body"}).status_code == 201
        with disk.full():
            assert run.do("stop", "posts").returncode == 0
            remove_journal(var / "posts.sqlite3")
            assert run.do("start", "posts").returncode == 0
            assert blog.get(posts).json()["results"][0]["title"] == "A title"
            refused = blog.post(posts, json={"title": "Another", "body": "A body"})
            assert refused.status_code == 503
        again = blog.post(posts, json={"title": "Another", "body": "A body"})
        assert again.status_code == 201
        assert len(blog.get(posts).json()["results"]) == 2


def remove_journal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as last:
        last.execute("PRAGMA wal_checkpoint")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_log_that_cannot_be_written_goes_on_where_it_can(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.symlink_to("/dev/full")
    log = Logger(handlers=[LogFile(str(path), "a", max_bytes=100, backups=1)])
    log.info("lost\n")
    log.info("lost\n")
    path.unlink()
    log.info("kept\n")
    lines = ["(Some output was lost: No space left on device.)", "kept"]
    assert path.read_text().split("\n") == ["", *lines, ""]

    # Nor can it be rotated, while a folder that is not empty is in the way.
    (tmp_path / "web.log.1/full").mkdir(parents=True)
    log.info("long" * 30)
    log.info("end")
    assert path.read_text().endswith("long\n(Some output was lost: Is a directory.)\nend")
    log.close()


def test_a_worker_reports_that_it_is_ready_as_soon_as_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "query-worker")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    later: list[Any] = []
    consumer = SimpleNamespace(timer=SimpleNamespace(call_after=lambda *call: later.append(call)))
    announce_or_retry(sender=consumer)
    [(_, function, arguments)] = later
    ready = RunPaths(tmp_path / "var").ready("query-worker")
    ready.parent.mkdir(parents=True)
    ready.write_text("12345678")
    function(*arguments)
    assert ready.read_text() == str(os.getpid())
    assert len(later) == 1
