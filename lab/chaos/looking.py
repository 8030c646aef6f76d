"""Waits for the blog to come to rest, and looks at all of it."""

import subprocess
import sys
import time

import httpx

from lab.bench.children import BASE, Child
from lab.chaos.blog import Blog
from lab.chaos.page import Page
from lab.chaos.progress import Progress
from lab.chaos.seen import Event, Seen, ShownPost, Tables

STEP = 0.2  # seconds between looks


def converge(blog: Blog, since: float, patience: float) -> tuple[Progress, float | None]:
    """Waits until every process is up and nothing moves any more, at most ``patience`` seconds.
    How far it came, and after how many seconds from ``since`` (``time.monotonic``) it was at rest;
    None where it was not in time."""
    with Child("-m", "lab.chaos.inside.looking", environment=blog.environment) as child:
        earlier = _progress(child)
        while True:
            now, progress = time.monotonic(), _progress(child)
            if progress.is_at_rest_since(earlier) and not blog.not_ready():
                return progress, now - since
            if now - since > patience:
                return progress, None
            earlier = progress
            time.sleep(STEP)


def look(blog: Blog, progress: Progress) -> Seen:
    """At everything. Raises Failed."""
    with Child("-m", "lab.chaos.inside.telling", environment=blog.environment) as child:
        told = child.hear()
        child.wait()
    return Seen(
        page=_page(blog),
        log=tuple(Event(**event) for event in told["log"]),
        tables=Tables(**told["tables"]),
        progress=progress,
        replayed=_verified(blog),
    )


def _page(blog: Blog) -> tuple[ShownPost, ...] | None:
    try:
        return Page(blog.addresses["query"]).read()
    except httpx.HTTPError:
        return None


def _verified(blog: Blog) -> bool:
    """What ``manage.py replay_events --verify`` says."""
    command = [sys.executable, "manage.py", "replay_events", "--verify"]
    done = subprocess.run(command, cwd=BASE, env=blog.environment, capture_output=True, check=False)
    return done.returncode == 0


def _progress(child: Child) -> Progress:
    child.go()
    return Progress(**child.hear())
