"""A database server that is paused, a network that goes silent, locks that others hold: who needs
the database gets 503 in time, who does not is served, and all of it heals by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.own_servers import OwnServer, is_installed, own_mariadb, own_postgresql
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
from tests.end_to_end.stacks import SETTINGS, Stack, those
from tests.needs import require
from tests.own import command, environment
from tests.running import Run

pytestmark = pytest.mark.stacks

KINDS = {
    "postgresql": ("PostgreSQL's programs", ("initdb", "postgres"), own_postgresql),
    "mariadb": ("MariaDB's programs", ("mariadb-install-db", "mariadbd"), own_mariadb),
}


@pytest.fixture(params=KINDS)
def paused(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stack, OwnServer]]:
    """Hindsight on a database server of its own."""
    name, programs, own = KINDS[request.param]
    require(name, is_installed(*programs))
    with own() as server:
        url = f"{server.url}/hindsight_{{alias}}"
        command(environment(tmp_path, DATABASE_URL=url), "manage.py", "create_databases")
        with Run("run", tmp_path / "var", SETTINGS | {"DATABASE_URL": url}) as run:
            yield Stack(run, url, {}), server
            run.interrupt()


def test_while_the_server_is_paused_every_response_comes_in_time_and_then_all_heals(
    paused: tuple[Stack, OwnServer],
) -> None:
    stack, server = paused
    post = commented_post(stack)
    server.pause()
    try:
        first = at_once(stack, post, times=3)  # more than the process has threads
        again = at_once(stack, post, times=1)
    finally:
        server.resume()
    assert {response.status_code for response, _ in first + again} == {503}
    assert max(seconds for _, seconds in first) < LIMIT_SECONDS
    assert max(seconds for _, seconds in again) < LIMIT_SECONDS / 2
    assert_heals(stack, post)


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis"), indirect=True)
def test_behind_a_silent_network_what_needs_it_is_503_and_what_does_not_is_served(
    stack: Stack,
) -> None:
    post = commented_post(stack)
    with silent(stack, "comments"):
        comment, seconds = timed(lambda: stack.comment(post, "Meanwhile"))
        assert comment.status_code == 503
        assert seconds < LIMIT_SECONDS
        for ask in (lambda: stack.run.get(f"/posts/{post}/"), lambda: stack.run.get("/")):
            page, seconds = timed(ask)
            assert page.status_code == 200
            assert seconds < LIMIT_SECONDS / 4
        assert timed(lambda: stack.comment(post, "Again"))[1] < LIMIT_SECONDS / 4
    assert_heals(stack, post)


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis"), indirect=True)
def test_behind_a_silent_network_to_the_store_writes_are_saved_and_follow(stack: Stack) -> None:
    post = commented_post(stack)
    with silent(stack, "store"):
        for content in ("First", "Second"):
            comment, seconds = timed(lambda: stack.comment(post, content))  # noqa: B023
            assert comment.status_code == 201
            assert seconds < LIMIT_SECONDS
    stack.until(lambda: approved(stack, post) == {"Before", "First", "Second"})
    assert_published_once(stack, post, comments=3)


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis"), indirect=True)
def test_locks_that_others_hold_cost_one_request_one_limit(stack: Stack) -> None:
    """A new comment takes a lock in its own database, and then one in the store."""
    post = commented_post(stack)
    with (
        locked(stack.url, "comments", "comments_comment"),
        locked(stack.url, "eventstore", "eventstore_head"),
    ):
        comment, seconds = timed(lambda: stack.comment(post, "Meanwhile"))
        assert comment.status_code == 503
        assert seconds < LIMIT_SECONDS
    assert_saved_while_the_store_is_locked(stack, stack.url, post)


@contextmanager
def silent(stack: Stack, name: str) -> Iterator[None]:
    stack.cables[name].freeze()
    try:
        yield
    finally:
        stack.cables[name].thaw()
