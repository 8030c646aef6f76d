"""Who may do what: every address of the API, every method, every kind of person."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from comments import services as comments
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import KINDS, browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ANYONE = dict.fromkeys(KINDS, True)
STAFF = {kind: kind in ("staff", "superuser") for kind in KINDS}
MODERATORS = {kind: kind in ("moderator", "superuser") for kind in KINDS}

POST = {"title": "A title", "body": "A body"}
ROWS = [
    ("GET", "/api/posts/", None, 200, ANYONE),
    ("POST", "/api/posts/", POST, 201, ANYONE),
    ("GET", "/api/posts/{post}/", None, 200, ANYONE),
    ("PATCH", "/api/posts/{post}/", {"title": "B"}, 200, STAFF),
    ("DELETE", "/api/posts/{post}/", None, 204, STAFF),
    ("GET", "/api/posts/{post}/comments/", None, 200, ANYONE),
    ("POST", "/api/posts/{post}/comments/", {"content": "A"}, 201, ANYONE),
    ("GET", "/api/comments/?post_id={post}", None, 200, ANYONE),
    ("GET", "/api/comments/{comment}/", None, 200, ANYONE),
    ("DELETE", "/api/comments/{comment}/", None, 204, STAFF),
    ("GET", "/api/query/posts/", None, 200, ANYONE),
    ("GET", "/api/query/posts/{post}/", None, 200, ANYONE),
    ("GET", "/api/query/posts/{post}/comments/", None, 200, ANYONE),
    ("GET", "/api/moderation/reviews/", None, 200, MODERATORS),
    ("GET", "/api/moderation/reviews/{comment}/", None, 200, MODERATORS),
    ("POST", "/api/moderation/reviews/{comment}/approve/", {}, 200, MODERATORS),
    ("POST", "/api/moderation/reviews/{comment}/reject/", {}, 200, MODERATORS),
    ("GET", "/api/events/", None, 200, STAFF),
]


@pytest.fixture
def names(post: Post) -> dict[str, object]:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return {"post": post.id, "comment": comment.id}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_who_may(
    names: dict[str, object],
    row: tuple[str, str, object, int, dict[str, bool]],
    kind: str,
) -> None:
    method, address, body, right, who = row
    browser = browser_of(kind)
    before = on_record()

    response = send(browser, method, address.format(**names), body)

    assert response.status_code == (right if who[kind] else 403)
    if not who[kind]:
        assert list(response.json()) == ["detail"]
        assert on_record() == before


def test_the_table_is_complete(names: dict[str, object]) -> None:
    """Every address of the API that there is, but the schema's, its reader's and the way there."""
    told = {address.partition("?")[0].format(**names) for _, address, *_ in ROWS}
    patterns = [get_resolver().resolve(address).route for address in told]
    there = [route for route in _routes(get_resolver()) if route.startswith("api/")]

    assert {*there} - {*patterns} == {"api/", "api/schema/", "api/docs/"}


def _routes(resolver: URLResolver | URLPattern, before: str = "") -> Iterator[str]:
    route = before + str(resolver.pattern).lstrip("^/")
    if isinstance(resolver, URLPattern):
        yield route
    else:
        for inner in resolver.url_patterns:
            yield from _routes(inner, route)


def test_who_may_view_reviews_alone_does_not_decide(names: dict[str, object]) -> None:
    user = User.objects.create_user("reader")
    user.user_permissions.add(Permission.objects.get(codename="view_review"))
    browser = Client()
    browser.force_login(user)
    address = f"/api/moderation/reviews/{names['comment']}/"

    assert browser.get(address).status_code == 200
    assert send(browser, "POST", f"{address}approve/", {}).status_code == 403


def test_a_browser_that_is_logged_in_has_to_send_the_token(names: dict[str, object]) -> None:
    logged_in = browser_of("staff")
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = logged_in.cookies

    for method, address, body, *_ in ROWS:
        if method != "GET":
            response = send(browser, method, address.format(**names), body)
            assert response.status_code == 403
            assert list(response.json()) == ["detail"]


def test_a_program_comes_with_name_and_password(post: Post) -> None:
    User.objects.create_user("program", password="correct horse", is_staff=True)
    right, wrong = (
        f"Basic {b64encode(f'program:{word}'.encode()).decode()}" for word in ("correct horse", "x")
    )
    program = Client(enforce_csrf_checks=True)
    address = f"/api/posts/{post.id}/"

    for credentials, status in ((wrong, 403), (right, 200)):
        change = {"title": "B"}
        response = send(program, "PATCH", address, change, authorization=credentials)
        assert response.status_code == status
