"""No relation and no query crosses from one service to another: what imports do not show."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, router
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services as comments
from config.processes.layout import SUBSCRIBERS
from eventstore.consumer import Consumer, consumers
from eventstore.messaging import Checkpoint, Outbox
from posts import services as posts
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ALIASES = set(connections)
MODELS = apps.get_models(include_auto_created=True)

ALIAS_OF_APP = {
    **{service: service for service in settings.ALL_SERVICES},
    "eventstore": "eventstore",
    "comparison": "comparison",
    "admin": "default",
    "auth": "default",
    "authtoken": "default",
    "contenttypes": "default",
    "sessions": "default",
    "django_celery_results": "default",
}
"""Of every app that has models: a list of its own, so that a wrong router is found."""


def alias_of(model: type[Model]) -> str:
    return ALIAS_OF_APP[model._meta.app_label]


def test_every_app_with_models_has_a_database() -> None:
    assert {model._meta.app_label for model in MODELS} == ALIAS_OF_APP.keys()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model._meta.label))
def test_a_model_lives_in_the_database_of_its_app(model: type[Model]) -> None:
    alias = alias_of(model)

    assert router.db_for_read(model) == router.db_for_write(model) == alias
    assert [db for db in settings.ALL_ALIASES if router.allow_migrate_model(db, model)] == [alias]
    for field in model._meta.get_fields(include_hidden=True):
        if isinstance(other := field.related_model, type):
            assert alias_of(other) == alias


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_a_database_has_the_tables_of_its_own_app_alone(alias: str) -> None:
    tables = set(connections[alias].introspection.table_names())
    own = {model._meta.db_table for model in MODELS if alias_of(model) == alias}

    assert tables - {"django_migrations"} == own


def test_a_service_shows_its_role_in_its_tables() -> None:
    roles = {
        kind: {m._meta.app_label for m in MODELS if issubclass(m, kind)}
        for kind in (Outbox, Checkpoint)
    }

    assert roles[Outbox] >= {"posts", "comments", "moderation"}
    assert roles[Checkpoint] == consumers().keys() == set(SUBSCRIBERS)
    assert roles[Outbox] | roles[Checkpoint] == set(settings.ALL_SERVICES)


@contextmanager
def queried_databases() -> Iterator[set[str]]:
    """The aliases that are queried while this lasts."""
    queried: set[str] = set()
    with ExitStack() as stack:
        captured = {
            alias: stack.enter_context(CaptureQueriesContext(connections[alias]))
            for alias in ALIASES
        }
        yield queried
        queried |= {alias for alias, queries in captured.items() if len(queries)}


REQUESTS = [
    ("GET", "/", None, {"query"}),
    ("GET", "/posts/{post}/", None, {"query"}),
    ("GET", "/posts/a-title/", None, {"query"}),
    ("GET", "/?q=word", None, {"query"}),
    ("GET", "/feed/", None, {"query"}),
    ("GET", "/posts/a-title/feed/", None, {"query"}),
    ("GET", "/sitemap.xml", None, {"query"}),
    ("GET", "/robots.txt", None, set()),
    ("GET", "/api/query/posts/?min_position=1", None, {"query"}),
    ("GET", "/api/query/posts/{post}/", None, {"query"}),
    ("GET", "/api/query/posts/{post}/comments/", None, {"query"}),
    ("GET", "/api/posts/", None, {"posts"}),
    ("GET", "/api/posts/{post}/", None, {"posts"}),
    ("POST", "/api/posts/", {"title": "A", "body": "B"}, {"posts", "eventstore"}),
    ("GET", "/api/posts/{post}/comments/", None, {"comments"}),
    ("GET", "/api/comments/?post_id={post}", None, {"comments"}),
    ("GET", "/api/comments/{comment}/", None, {"comments"}),
    ("POST", "/api/posts/{post}/comments/", {"content": "A"}, {"comments", "eventstore"}),
]
AS_STAFF = [
    ("PATCH", "/api/posts/{post}/", {"title": "B"}, {"posts", "eventstore"}),
    ("DELETE", "/api/posts/{post}/", None, {"posts", "eventstore"}),
    ("DELETE", "/api/comments/{comment}/", None, {"comments", "eventstore"}),
    ("GET", "/api/moderation/reviews/", None, {"moderation"}),
    ("POST", "/api/moderation/reviews/{comment}/reject/", {}, {"moderation", "eventstore"}),
    ("GET", "/api/events/", None, {"eventstore"}),
]


@pytest.mark.parametrize("row", REQUESTS + AS_STAFF, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_request_queries_the_databases_of_its_service_alone(
    post: Post, row: tuple[str, str, object, set[str]]
) -> None:
    method, address, body, right = row
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    kind = "superuser" if row in AS_STAFF else "anonymous"
    browser, users = browser_of(kind), {"default"} if row in AS_STAFF else set()
    address = address.format(post=post.id, comment=comment.id)

    with queried_databases() as queried:
        response = send(browser, method, address, body)

    assert response.status_code in (200, 201, 204, 301)
    assert queried == right | users


@pytest.mark.parametrize("form", ["/posts/", "/posts/{post}/comments/"])
def test_a_form_queries_the_databases_of_its_service_alone(
    client: Client, post: Post, form: str
) -> None:
    with queried_databases() as queried:
        typed = {"title": "A", "body": "B", "content": "C"}
        assert client.post(form.format(post=post.id), typed).status_code == 302

    assert queried == {"comments" if "comments" in form else "posts", "eventstore"}


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_a_consumer_queries_its_own_database_and_the_event_store(post: Post, name: str) -> None:
    settle()
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    posts.update_post(post.id, title="Better")
    catch_up: Callable[[Consumer], object] = Consumer.catch_up

    for happens in (settle, lambda: comments.delete_comment(comment.id)):
        with queried_databases() as queried:
            catch_up(consumers()[name])
        assert queried == {name, "eventstore"}
        happens()
