"""Errors of the API have one shape, and say nothing of what is inside."""

from uuid import uuid4

import pytest
from django.test import Client

from tests.calls import send
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

NOTHING = {"detail": "There is nothing at this address."}


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/api/posts/{}/"),
        ("PATCH", "/api/posts/{}/"),
        ("DELETE", "/api/posts/{}/"),
        ("GET", "/api/posts/{}/comments/"),
        ("POST", "/api/posts/{}/comments/"),
        ("GET", "/api/comments/{}/"),
        ("DELETE", "/api/comments/{}/"),
        ("GET", "/api/query/posts/{}/"),
        ("GET", "/api/query/posts/{}/comments/"),
        ("GET", "/api/moderation/reviews/{}/"),
        ("POST", "/api/moderation/reviews/{}/approve/"),
        ("GET", "/api/posts/?format=xml"),
        ("GET", "/api/schema/?format=xml"),
        ("GET", "/api/nowhere/"),
    ],
)
def test_what_is_not_there_is_said_in_the_same_words(method: str, address: str) -> None:
    body = None if method == "GET" else {"content": "A"}
    answer = send(browser_of("superuser"), method, address.format(uuid4()), body)
    assert (answer.status_code, answer.json()) == (404, NOTHING)


@pytest.mark.parametrize(
    ("method", "query", "accept", "status"),
    [
        ("GET", "?format=xml", "*/*", 404),
        ("GET", "?format=yaml", "text/html", 406),
        ("POST", "", "*/*", 405),
        ("DELETE", "", "application/vnd.oai.openapi", 405),
        ("GET", "", "image/png", 406),
    ],
)
def test_an_error_instead_of_the_schema_is_json(
    client: Client, method: str, query: str, accept: str, status: int
) -> None:
    answer = client.generic(method, f"/api/schema/{query}", headers={"accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["detail"]
