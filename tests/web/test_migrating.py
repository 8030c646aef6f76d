"""While a database is migrated, what needs a column that is not there yet responds with 503, and no
event is parked for it."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import Error, connections
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from comments import services as comments
from eventstore.consumer import consumers
from eventstore.outages import is_outage
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.xdist_group("migrating"),
]

READING = {
    "posts": ["/api/posts/", "/api/posts/{post}/", "/admin/posts/post/"],
    "comments": ["/api/posts/{post}/comments/", "/admin/comments/comment/"],
    "moderation": ["/api/moderation/reviews/", "/admin/moderation/review/"],
    "query": ["/", "/posts/{post}/", "/api/query/posts/", "/api/query/posts/{post}/", "/feed/"],
    "eventstore": ["/api/events/", "/admin/eventstore/event/", "/services/"],
}


def migrate(alias: str, target: str | None = None) -> None:
    name = [alias, *filter(None, [target])]
    call_command("migrate", *name, database=alias, interactive=False, verbosity=0)


def backwards(alias: str) -> Iterator[str]:
    """Every migration of the service but its first, the last one first."""
    names = sorted(name for app, name in MigrationLoader(None).disk_migrations if app == alias)
    for name in reversed(names[:-1]):
        migrate(alias, name)
        yield name


@pytest.mark.parametrize("alias", READING)
def test_a_reader_at_any_migration_gets_a_page_or_503(post: Post, alias: str) -> None:
    browser = browser_of("superuser")
    browser.raise_request_exception = False
    paths = [path.format(post=post.id) for path in READING[alias]]
    seen: dict[int, list[str]] = {}
    try:
        for name in backwards(alias):
            for path in paths:
                seen.setdefault(browser.get(path).status_code, []).append(f"{path} at {name}")
    finally:
        migrate(alias)
    assert seen.keys() <= {200, 301, 404, 503}, seen
    assert 503 in seen
    assert {browser.get(path, follow=True).status_code for path in paths} == {200}


def test_an_event_is_handled_when_the_migration_is_done(post: Post, client: Client) -> None:
    query = consumers()["query"]
    migrate("query", "0006_waypoint_times")
    try:
        comments.create_comment(post.id, "Ann", "Meanwhile")
        with pytest.raises(Error) as raised:
            settle()
        assert is_outage(raised.value)
    finally:
        migrate("query")
    settle()
    assert not query.parked._default_manager.exists()
    assert "Meanwhile" in client.get(f"/posts/{post.id}/", follow=True).text


def test_a_column_that_no_migration_makes_is_a_fault_of_ours(post: Post) -> None:
    with pytest.raises(Error) as raised, connections["query"].cursor() as cursor:
        cursor.execute("SELECT nobodys FROM query_postview")
    assert not is_outage(raised.value)
