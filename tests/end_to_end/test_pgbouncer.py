"""Hindsight behind a real pgbouncer in transaction mode, as Debian configures it: each transaction
may have another session, and there are fewer of these than connections."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from config.processes.paths import BASE
from lab.own_servers import OwnServer, is_installed, own_pgbouncer, own_postgresql
from tests.end_to_end.hanging import (
    LIMIT_SECONDS,
    approved,
    assert_heals,
    assert_published_once,
    assert_saved_while_the_store_is_locked,
    at_once,
    commented_post,
    locked,
    timed,
)
from tests.end_to_end.stacks import SETTINGS, Stack
from tests.needs import require
from tests.own import command, environment
from tests.running import SECONDS, Run

pytestmark = [pytest.mark.xdist_group("pgbouncer"), pytest.mark.stacks]


class Pooled(NamedTuple):
    """``stack`` runs through pgbouncer; ``direct`` is a DATABASE_URL that leads past it."""

    stack: Stack
    direct: str
    server: OwnServer


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooled]:
    require("PostgreSQL's programs", is_installed("initdb", "postgres"))
    require("pgbouncer", is_installed("pgbouncer"))
    folder = tmp_path_factory.mktemp("pooled")
    with ExitStack() as opened:
        server = opened.enter_context(own_postgresql())
        pooler = opened.enter_context(own_pgbouncer(server.url))
        direct, through = (f"{url}/hindsight_{{alias}}" for url in (server.url, pooler))
        command(environment(folder, DATABASE_URL=direct), "manage.py", "create_databases")
        settings = SETTINGS | {"DATABASE_URL": through}
        run = opened.enter_context(Run("run", folder / "var", settings))
        yield Pooled(Stack(run, through, {}), direct, server)
        run.interrupt()


def test_many_at_once_are_saved_moderated_and_shown_once(pooled: Pooled) -> None:
    stack = pooled.stack
    post = commented_post(stack)
    with ThreadPoolExecutor(8) as writers:
        answers = list(writers.map(lambda n: stack.comment(post, f"{n}"), range(24)))
    assert {answer.status_code for answer in answers} == {201}
    stack.until(lambda: len(approved(stack, post)) == 25)
    assert_published_once(stack, post, comments=25)


def test_locks_that_others_hold_cost_one_limit(pooled: Pooled) -> None:
    stack = pooled.stack
    post = commented_post(stack)
    with locked(pooled.direct, "comments", "comments_comment"):
        comment, seconds = timed(lambda: stack.comment(post, "Meanwhile"))
        assert comment.status_code == 503
        assert seconds < LIMIT_SECONDS
    assert_saved_while_the_store_is_locked(stack, pooled.direct, post)


def test_a_server_that_is_paused_behind_it_is_noticed(pooled: Pooled) -> None:
    """pgbouncer itself goes on responding."""
    stack = pooled.stack
    post = commented_post(stack)
    pooled.server.pause()
    try:
        responses = at_once(stack, post, times=3)
    finally:
        pooled.server.resume()
    assert {response.status_code for response, _ in responses} == {503}
    assert max(seconds for _, seconds in responses) < LIMIT_SECONDS
    assert_heals(stack, post)


@pytest.mark.parametrize("option", ["", "--verify", "--dry-run"])
def test_a_rebuild_is_refused_in_one_line_and_works_past_it(pooled: Pooled, option: str) -> None:
    commented_post(pooled.stack)
    refused = replay(pooled, option)
    assert refused.returncode == 2
    [line] = refused.stderr.splitlines()
    assert "connection pooler" in line
    assert "QUERY_DATABASE_URL" in line
    done = replay(pooled, option, QUERY_DATABASE_URL=pooled.direct.format(alias="query"))
    assert done.returncode == 0, done.stderr


def replay(pooled: Pooled, option: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    arguments = ["manage.py", "replay_events", "query", *option.split()]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE,
        env={**os.environ, **pooled.stack.run.environment, **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
