"""Errors as problem details, for clients that accept these by name; in DRF's shape for others."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.away import Away
from tests.away import away as away
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of
from web.refusals import REFUSAL, Refused

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PROBLEM = "application/problem+json"
NOTHING = UUID(int=0)
CHANGE: dict[str, Any] = {"content_type": "application/json", "data": '{"title": "B"}'}


def cases() -> dict[str, tuple[int, Callable[..., Any]]]:
    """By what makes the error: its status, and a request that gets it with these headers."""

    def ask(method: str, path: str, **more: Any) -> Callable[..., Any]:
        return lambda client, accept, **names: client.generic(
            method,
            path.format(**names),
            **{**more, "headers": {"accept": accept, **more.get("headers", {})}},
        )

    refused = {REFUSAL: Refused(408, "slow")}  # type: ignore[arg-type]
    post = {"content_type": "application/json"}
    return {
        "a filter": (400, ask("GET", "/api/posts/?limit=0&since=x")),
        "a field": (400, ask("POST", "/api/posts/", data='{"title": ""}', **post)),
        "no JSON": (400, ask("POST", "/api/posts/", data="{", **post)),
        "a host": (400, ask("GET", "/api/posts/", headers={"host": "evil.example"})),
        "no login": (401, ask("GET", "/api/events/")),
        "a token": (401, ask("GET", "/api/posts/", headers={"authorization": "Token x"})),
        "a route": (404, ask("GET", "/api/nowhere/")),
        "a row": (404, ask("GET", f"/api/posts/{NOTHING}/")),
        "a format": (404, ask("GET", "/api/posts/?format=xml")),
        "a view's method": (405, ask("PUT", "/api/posts/")),
        "a page's method": (405, ask("POST", "/api/docs/")),
        "the schema's method": (405, ask("POST", "/api/schema/")),
        "a slow body": (408, ask("POST", "/api/posts/", **refused)),
        "a large body": (413, ask("POST", "/api/posts/", data="x" * 101, **post)),
        "a form": (415, ask("POST", "/api/posts/", data="a=b", content_type="text/plain")),
        "gzip": (415, ask("POST", "/api/posts/", headers={"content-encoding": "gzip"})),
        "a position": (503, ask("GET", "/api/query/posts/?min_position=99")),
    }


@pytest.fixture(autouse=True)
def _limits(settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.POSITION_WAIT = 0.01


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize(
    "accept", [PROBLEM, f"application/json, {PROBLEM};q=0.9", f"{PROBLEM},*/*"]
)
def test_every_error_is_a_problem_for_who_accepts_these(
    client: Client, name: str, accept: str
) -> None:
    status, request = cases()[name]
    answer = request(client, accept)

    is_problem(answer, status)
    path = answer.request["PATH_INFO"]
    assert answer.json()["instance"] == path


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize("accept", ["application/json", "*/*", f"application/json,{PROBLEM};q=0"])
def test_all_others_get_the_shape_of_always(client: Client, name: str, accept: str) -> None:
    status, request = cases()[name]
    answer = request(client, accept)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert not {"type", "status", "instance", "errors"} & answer.json().keys()
    assert "Accept" in answer.headers["Vary"]


def is_problem(answer: Any, status: int) -> Any:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers.get("Content-Length", str(len(answer.content))) == str(
        len(answer.content)
    )
    problem = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"] == answer.reason_phrase
    return problem


def test_a_problem_names_what_is_wrong_with_each_field(client: Client) -> None:
    wrong = {"title": "", "author": 1}
    plain = send(client, "POST", "/api/posts/", wrong).json()
    problem = is_problem(send(client, "POST", "/api/posts/", wrong, accept=PROBLEM), 400)
    assert problem["errors"] == plain
    assert set(plain) >= {"title", "author"}
    assert problem["detail"] == "Some of what was sent is invalid: see errors."


def test_a_problem_has_what_the_error_has_beside_its_detail(
    post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    comment = comments.create_comment(post.id, "Ann", "A word")
    settle()
    address = f"/api/moderation/reviews/{comment.id}"
    assert send(browser_of("moderator"), "POST", f"{address}/approve/", {}).status_code == 200
    late = send(browser_of("superuser"), "POST", f"{address}/reject/", {}, accept=PROBLEM)
    problem = is_problem(late, 409)
    assert (problem["theirs"]["status"], problem["yours"]["status"]) == ("approved", "rejected")


def test_what_a_session_may_not_is_a_problem(post: Post, away: Away) -> None:
    address = f"/api/posts/{post.id}/"
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = browser_of("staff").cookies
    answer = browser.patch(
        address, '{"title": "B"}', "application/json", headers={"accept": PROBLEM}
    )
    assert is_problem(answer, 403)["detail"].startswith("CSRF Failed")
    changed = browser_of("superuser").patch(
        address,
        '{"title": "B"}',
        "application/json",
        headers={"accept": PROBLEM, "if-match": '"x"'},
    )
    assert is_problem(changed, 412)["detail"].startswith("This has changed")


def test_an_outage_and_too_many_writes_are_problems_with_their_headers(
    client: Client, away: Away, settings: LazySettings
) -> None:
    accept = {"accept": PROBLEM}
    with away("posts"):
        answer = client.get("/api/posts/", headers=accept)
    assert is_problem(answer, 503)["detail"].startswith("This service is temporarily unavailable.")
    assert answer.headers["Retry-After"] == "5"

    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"writes": "1/hour"}
    for status in (400, 429):
        answer = send(client, "POST", "/api/posts/", {}, **accept)
        assert answer.status_code == status
    assert "throttled" in is_problem(answer, 429)["detail"]
    assert "Retry-After" in answer.headers


def test_an_error_of_ours_is_a_problem(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    client.raise_request_exception = False
    monkeypatch.setattr("posts.api.services.create_post", fail)
    answer = send(client, "POST", "/api/posts/", {"title": "A", "body": "B"}, accept=PROBLEM)
    assert is_problem(answer, 500)["detail"] == "Something went wrong on our side."


def test_what_is_no_error_is_json(client: Client, post: Post) -> None:
    for accept in (PROBLEM, f"{PROBLEM}, text/html;q=0.5"):
        for path in ("/api/posts/", f"/api/query/posts/{post.id}/"):
            answer = client.get(path, headers={"accept": accept})
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_pages_know_no_problems(client: Client) -> None:
    answer = client.get("/nowhere/", headers={"accept": PROBLEM})
    assert answer.headers["Content-Type"].startswith("text/html")
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/api/events/", "/api/nowhere/"):
        assert client.get(path, headers=browser).headers["Content-Type"].startswith("text/html")


def test_an_address_is_written_as_one(client: Client) -> None:
    answer = client.get("/api/%C3%BC%20%22/", headers={"accept": PROBLEM})
    assert is_problem(answer, 404)["instance"] == "/api/%C3%BC%20%22/"
