"""A process that is one service: it opens its own databases, and serves its own addresses."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.own import command, environment

pytestmark = pytest.mark.xdist_group("one service")

# What such a process reports of itself, after it has migrated its databases.
REPORT = """
import json, sys
import django
from django.conf import settings
django.setup()
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connections
from django.test import Client
from eventstore.consumer import consumers
from eventstore.messaging import outboxes

for alias in settings.DATABASES:
    call_command("migrate", database=alias, verbosity=0)
client = Client()
responses = {}
for address in json.loads(sys.argv[1]):
    response = client.get(address)
    responses[address] = [response.status_code, response.headers.get("Allow", "")]
print(json.dumps({
    "databases": sorted(connections),
    "services": [app.label for app in apps.get_app_configs() if app.label in settings.ALL_SERVICES],
    "admin": sorted({model._meta.app_label for model in admin.site._registry}),
    "consumers": list(consumers()),
    "outboxes": [outbox._meta.app_label for outbox in outboxes()],
    "schema": list(client.get("/api/schema/?format=json").json()["paths"]),
    "responses": responses,
}))
"""
POST = uuid4()
# Where it is served: the status of an anonymous GET (a form needs POST).
ADDRESSES = {
    "posts": {"/api/posts/": 200, f"/api/posts/{POST}/": 404, "/posts/": 405},
    "comments": {
        f"/api/comments/?post_id={POST}": 200,
        f"/api/posts/{POST}/comments/": 404,
        f"/api/comments/{POST}/": 404,
        f"/posts/{POST}/comments/": 405,
    },
    "moderation": {"/api/moderation/reviews/": 401, f"/api/moderation/reviews/{POST}/": 401},
    "query": {
        "/": 200,
        f"/posts/{POST}/": 404,
        "/api/query/posts/": 200,
        f"/api/query/posts/{POST}/": 404,
    },
}
EVERYWHERE = {
    "/api/events/": 401,
    "/api/events/catalogue/": 200,
    "/api/asyncapi.json": 200,
    "/api/docs/": 200,
    "/healthz": 200,
    "/readyz": 200,
}
NO_OUTBOX, NO_CONSUMER = {"query"}, {"posts"}


@pytest.fixture(scope="module", params=ADDRESSES)
def process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, dict[str, Any]]:
    """A service, its folder, and the report of its process."""
    service = str(request.param)
    var = tmp_path_factory.mktemp(service)
    env = environment(var, SERVICES=service, DJANGO_SETTINGS_MODULE="config.settings")
    env |= {"ALLOWED_HOSTS": "testserver", "SECRET_KEY": "for tests only"}
    every = [address for served in ADDRESSES.values() for address in served]
    report = command(env, "-c", REPORT, json.dumps([*every, *EVERYWHERE, "/admin/login/"]))
    return service, var, json.loads(report)


Process = tuple[str, Path, dict[str, Any]]


def test_it_opens_its_own_databases_alone(process: Process) -> None:
    service, var, report = process

    own = sorted(["default", "eventstore", service])
    assert report["databases"] == own
    assert sorted(path.stem for path in var.glob("*.sqlite3")) == own


def test_it_is_that_service_alone(process: Process) -> None:
    service, _, report = process

    assert report["services"] == [service]
    assert report["consumers"] == [service] * (service not in NO_CONSUMER)
    assert report["outboxes"] == [service] * (service not in NO_OUTBOX)
    others = ADDRESSES.keys() - {service}
    assert not others & set(report["admin"])
    assert "eventstore" in report["admin"]


def test_it_serves_its_own_addresses_alone(process: Process) -> None:
    service, _, report = process

    for other, served in ADDRESSES.items():
        for address, status in served.items():
            right = status if other == service else 404
            assert report["responses"][address][0] == right, address
            if other != service:
                assert report["responses"][address][1] == "", address
    for address, status in EVERYWHERE.items():
        assert report["responses"][address][0] == status, address
    assert report["responses"]["/admin/login/"][0] == 200


def test_its_schema_has_its_own_addresses_alone(process: Process) -> None:
    service, _, report = process

    served = {path for path in ADDRESSES[service] if path.startswith("/api/")}
    assert len(report["schema"]) >= len(served)
    begins = {"posts": "/api/posts/", "comments": "/api/", "query": "/api/query/"}
    begin = begins.get(service, f"/api/{service}/")
    rest = set(report["schema"]) - {"/api/events/", "/api/events/journey/"}
    assert all(path.startswith(begin) for path in rest)
    assert all("comments" in path for path in rest if service == "comments")
