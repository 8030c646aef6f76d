"""Who may do what: every address that there is, every method, every kind of person."""

from base64 import b64encode
from contextlib import nullcontext

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission, User
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import PEOPLE, browser_of
from tests.records import on_record
from tests.web.addresses import Filled, ask, routes, undone
from tests.web.rights import API, refusal, table
from tests.web.who import STAFF

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

METHODS = ("GET", "POST", "PATCH", "DELETE")
WRITES = {"POST", "PATCH", "DELETE"}
ODD = ("HEAD", "PUT", "OPTIONS", "TRACE", "BREW")
"""Methods that are asked for by the first and the last of the people alone."""


@pytest.fixture(autouse=True)
def _no_limits(settings: LazySettings) -> None:
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES)


@pytest.fixture
def filled(post: Post) -> Filled:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return Filled()


def expected(kind: str, method: str, route: str) -> tuple[bool, set[int]]:
    """Whether they may, and the statuses that are right."""
    row = table()[route]
    in_admin = route.startswith("admin/")
    if method not in row:
        return False, {405, 302} if in_admin and kind not in STAFF else {405}
    who, status = row[method]
    if kind not in who:
        return False, {refusal(kind, route)}
    return True, {200, 302} if in_admin and status == 200 else {status}


@pytest.mark.parametrize("kind", PEOPLE)
def test_who_may_do_what(filled: Filled, kind: str) -> None:
    browser = browser_of(kind)
    browser.raise_request_exception = False
    before, wrong = on_record(), []
    for route in table():
        address = filled.address(route)
        for method in METHODS + (ODD if kind in (PEOPLE[0], "superuser") else ()):
            may, right = expected(kind, method, route)
            with undone() if may and method in WRITES else nullcontext():
                status = ask(browser, method, route, address).status_code
            if status not in right:
                wrong.append(f"{method} /{route} is {status}, not {right}")
    assert wrong == []
    assert on_record() == before


def test_the_table_is_complete() -> None:
    """No address without its row, no row without its address."""
    assert set(table()) ^ set(routes()) == set()


def test_a_browser_that_is_logged_in_has_to_send_the_token(filled: Filled) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = browser_of("superuser").cookies
    before = on_record()
    for route, row in table().items():
        for method in WRITES & row.keys():
            response = ask(browser, method, route, filled.address(route))
            assert response.status_code == 403, (method, route)
            if route in API:
                assert list(response.json()) == ["detail"]
    assert on_record() == before


@pytest.mark.parametrize("kind", ["anonymous", "superuser"])
def test_what_an_address_does_not_take_is_405_with_or_without_the_token(
    filled: Filled, kind: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = browser_of(kind).cookies
    before = on_record()
    for route, row in table().items():
        refused = {*WRITES, "PUT"} - row.keys()
        if route.startswith("admin/"):  # Django's own: it looks at the token of a POST first
            refused -= {"POST"}
        for method in refused:
            response = ask(browser, method, route, filled.address(route))
            assert response.status_code == 405, (method, route)
            assert set(response.headers["Allow"].split(", ")) >= {*row} - {"TRACE"}, (method, route)
    assert on_record() == before


def test_who_may_view_reviews_alone_does_not_decide(filled: Filled) -> None:
    user = User.objects.create_user("reader")
    user.user_permissions.add(Permission.objects.get(codename="view_review"))
    browser = Client()
    browser.force_login(user)
    address = f"/api/moderation/reviews/{filled.comment.pk}/"

    assert browser.get(address).status_code == 200
    assert send(browser, "POST", f"{address}approve/", {}).status_code == 403


def test_who_is_inactive_may_nothing(filled: Filled) -> None:
    browser = browser_of("superuser")
    User.objects.update(is_active=False)

    assert send(browser, "DELETE", filled.address("api/posts/<UUID:post_id>/")).status_code == 401
    assert browser.get("/api/events/").status_code == 401
    assert browser.get("/admin/").status_code == 302


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_what_it_is(filled: Filled, header: str) -> None:
    address = filled.address("api/posts/<UUID:post_id>/")
    before = on_record()
    for browser in (Client(), browser_of("staff")):
        overridden = browser.post(
            f"{address}?_method=DELETE", {"_method": "DELETE"}, headers={header: "DELETE"}
        )
        assert overridden.status_code == 405
        assert browser.get(address, headers={header: "DELETE"}).status_code == 200
    assert on_record() == before


def test_a_program_comes_with_name_and_password(post: Post) -> None:
    User.objects.create_user("program", password="correct horse", is_staff=True)
    right, wrong = (
        f"Basic {b64encode(f'program:{word}'.encode()).decode()}" for word in ("correct horse", "x")
    )
    program = Client(enforce_csrf_checks=True)
    address = f"/api/posts/{post.id}/"

    for credentials, status in ((wrong, 401), (right, 200)):
        change = {"title": "B"}
        response = send(program, "PATCH", address, change, authorization=credentials)
        assert response.status_code == status
    # Only the API knows names and passwords in requests.
    assert program.get("/admin/", headers={"authorization": right}).status_code == 302
