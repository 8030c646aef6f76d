"""Bad addresses, query strings, headers and cookies get the right 4xx, never a 500."""

import base64
import gzip
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.test import Client

from comments import services as comments
from comments.models import Comment
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of
from tests.records import on_record
from tests.web.addresses import Filled
from web.readers import COOKIE

pytestmark = pytest.mark.django_db(databases="__all__")

LISTS = ["posts/", "posts/{post}/comments/", "comments/?post_id={post}"]
LISTS += ["query/posts/", "query/posts/{post}/", "query/posts/{post}/comments/"]
LISTS += ["moderation/reviews/"]
READ_MODEL = ["query/posts/", "query/posts/{post}/", "query/posts/{post}/comments/"]
GARBAGE = ["x", "%00", "cD1hYmM%3D", "bz0xMDAwMDAwMDAw", "cD0lMDA=", "%F0%9F%98%80", "a:b:c"]
NO_NUMBER = ["abc", "1.5", "-1", "%00", "1e3", "0x1", "9" * 2_000]

BAD_QUERIES = [(address, f"cursor={value}") for address in LISTS for value in GARBAGE]
BAD_QUERIES += [(address, f"limit={value}") for address in LISTS for value in [*NO_NUMBER, "0"]]
BAD_QUERIES += [(a, f"min_position={v}") for a in READ_MODEL for v in [*NO_NUMBER, str(10**30)]]
BAD_QUERIES += [("events/", f"after={value}") for value in [*NO_NUMBER, str(10**30)]]
BAD_QUERIES += [("events/", f"limit={value}") for value in [*NO_NUMBER, "0"]]
BAD_QUERIES += [("events/", f"type={value}") for value in ["Nope", "%00", "postcreated"]]
BAD_QUERIES += [("comments/", f"post_id={value}") for value in ["x", "", "%00", "1"]]
BAD_QUERIES += [("comments/", ""), ("comments/", "&".join(["post_id=" + "0" * 32] * 101))]
BAD_QUERIES += [("moderation/reviews/", "status=Nope"), ("moderation/reviews/", "post_id=1")]
BAD_QUERIES += [("moderation/reviews/", "decided_by=%00")]
BAD_QUERIES += [
    (a, q) for a in LISTS for q in ("limit=1&limit=2", "limit=x&limit=", "cursor=&cursor=x")
]
BAD_QUERIES += [(a, "min_position=0&min_position=1") for a in READ_MODEL]
BAD_QUERIES += [("events/", "after=0&after=1"), ("events/", "type=PostCreated&type=PostDeleted")]
BAD_QUERIES += [("moderation/reviews/", "status=pending&status=approved")]


NARROWED = [a for a in LISTS if a != "query/posts/{post}/"]
NO_TIME = ["x", "2026-11-27", "2026-11-27T09:30", "2026-11-27T09:30:00+01:00", "%00", "0", "9" * 99]
NO_TIME += ["2026-13-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00"]
BAD_QUERIES += [(a, f"{n}={v}") for a in NARROWED for n in ("since", "until") for v in NO_TIME]
BAD_QUERIES += [(a, f"search={v}") for a in NARROWED for v in ("%00", "x" * 101, "a&search=b")]
BAD_QUERIES += [(a, f"author={v}") for a in NARROWED for v in ("%00", "x" * 81)]
BAD_QUERIES += [(a, f"ordering={v}") for a in NARROWED for v in ("id", "-", "-id", "created_at,id")]
BAD_QUERIES += [(a, "status=Nope") for a in NARROWED if "comments/" in a]


@pytest.fixture
def browser(post: Post) -> Client:
    """Of somebody who may do everything, with a comment to see."""
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return browser_of("superuser")


def test_a_bad_query_string_is_400_at_its_name(browser: Client, post: Post) -> None:
    for address, query in BAD_QUERIES:
        path = f"/api/{address.format(post=post.id)}"
        response = browser.get(f"{path}{'&' if '?' in path else '?'}{query}")

        assert response.status_code == 400, query[:80]
        assert list(response.json()) == [query.partition("=")[0] or "post_id"]


def test_a_name_without_a_value_counts_as_absent(browser: Client, post: Post) -> None:
    names = ["limit", "cursor", "min_position", "after", "type", "status"]
    nothing = "&".join(f"{name}=" for name in names)
    for address in [*LISTS, "events/"]:
        path = f"/api/{address.format(post=post.id)}"
        assert browser.get(f"{path}{'&' if '?' in path else '?'}{nothing}").status_code == 200


@pytest.mark.parametrize("query", ["page=x", "page=0", "page=-1", f"page={'9' * 5_000}", "page="])
@pytest.mark.parametrize("more", ["", "&comment=x", "&comment=%00", "&min_position=x"])
def test_the_page_shows_what_there_is(client: Client, post: Post, query: str, more: str) -> None:
    for address in ("/", f"/posts/{post.slug}/"):
        assert client.get(f"{address}?{query}{more}").status_code == 200


IDS = ["1", "x", "%00", "../..", "0" * 32, f"{uuid4()}x", "%F0%9F%98%80", "x" * 5_000]
ONE = ["posts/{id}/", "posts/{id}/comments/", "comments/{id}/", "query/posts/{id}/"]
ONE += ["moderation/reviews/{id}/", "query/posts/{id}/comments/"]
DECISIONS = ["moderation/reviews/{id}/approve/", "moderation/reviews/{id}/reject/"]


def test_what_does_not_exist_is_404_for_every_method(browser: Client) -> None:
    before = on_record()
    body = {"title": "A", "content": "A"}
    for address in [*ONE, *DECISIONS]:
        for id_ in [*IDS, uuid4(), str(uuid4()).upper()]:
            for method in (browser.get, browser.post, browser.patch, browser.delete):
                path = f"/api/{address.format(id=id_)}"
                sent: Any = {} if method == browser.get else {"data": body}
                response: Any = method(path, content_type="application/json", **sent)
                assert response.status_code in (404, 405), path
                assert list(response.json()) == ["detail"]
    assert on_record() == before


WWW_AUTHENTICATE = ", ".join(f'{name} realm="Hindsight"' for name in ("Basic", "Token", "Bearer"))
ALLOWED = {
    "posts/": "GET, POST, HEAD, OPTIONS",
    "posts/{post}/": "GET, PATCH, DELETE, HEAD, OPTIONS",
    "posts/{post}/comments/": "GET, POST, HEAD, OPTIONS",
    "comments/": "GET, HEAD, OPTIONS",
    "query/posts/": "GET, HEAD, OPTIONS",
    "query/posts/{post}/": "GET, HEAD, OPTIONS",
    "query/posts/{post}/comments/": "GET, HEAD, OPTIONS",
    "moderation/reviews/": "GET, HEAD, OPTIONS",
    "moderation/reviews/{post}/approve/": "POST, OPTIONS",
    "events/": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize("address", ALLOWED)
@pytest.mark.parametrize("kind", ["anonymous", "superuser"])
def test_another_method_is_405_and_names_the_allowed_ones(
    post: Post, kind: str, address: str
) -> None:
    browser, allowed = browser_of(kind), ALLOWED[address].split(", ")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(allowed):
        path = f"/api/{address.format(post=post.id)}"
        response = browser.generic(method, path, b"{}", "application/json")

        assert response.status_code == 405
        assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed)
        assert method in response.json()["detail"]


READS = ["/", "/posts/{}/", "/api/posts/", "/api/posts/{}/comments/", "/api/query/posts/{}/"]
STRANGE = ["", "x", "\x7f", '"\\000\\000\\000\\000\\000\\000\\000\\000"', "a:b:c", "x" * 3_000]


@pytest.mark.parametrize("name", [COOKIE, "sessionid", "csrftoken", "messages"])
@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_a_strange_cookie_does_no_harm(post: Post, name: str, value: str) -> None:
    for address in READS:
        browser = Client(headers={"cookie": f"{name}={value}"})
        assert browser.get(address.format(post.id), follow=True).status_code == 200


@pytest.mark.parametrize("ids", [{}, 1, None, "x", ["x"], [1], [None], [[]]])
def test_a_cookie_of_ones_own_with_something_else_in_it_is_empty(
    client: Client, post: Post, ids: object
) -> None:
    client.cookies[COOKIE] = signing.dumps(ids, salt=COOKIE)

    assert client.get("/").status_code == 200
    assert client.post(f"/posts/{post.id}/comments/", {"content": "A"}).status_code == 302


CREDENTIALS = {
    "nothing": "",
    "not base64": "äöü",
    "no colon": base64.b64encode(b"ann").decode(),
    "not UTF-8": base64.b64encode(b"\xff:\xff").decode(),
    "NUL": base64.b64encode(b"\0ann:\0").decode(),
    "long": base64.b64encode(b"a" * 5_000 + b":b").decode(),
    "nobody": base64.b64encode(b"ann:b").decode(),
    "two": "YTpi YTpi",
}


@pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)
def test_credentials_that_are_none_are_401_and_the_header_names_how_to_log_in(
    client: Client, credentials: str
) -> None:
    for address in ("/api/posts/", "/api/events/"):
        response = client.get(address, headers={"authorization": f"Basic {credentials}"})

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == WWW_AUTHENTICATE
        assert "detail" in response.json()


@pytest.mark.parametrize("if_match", ["", "x", "1", '"', 'W/"1"', '"2"', '"1', "\xff", '"²"'])
def test_an_if_match_that_matches_nothing_is_412(post: Post, if_match: str) -> None:
    response = browser_of("staff").patch(
        f"/api/posts/{post.id}/",
        {"title": "B"},
        content_type="application/json",
        headers={"if-match": if_match},
    )

    assert response.status_code == 412
    assert "changed" in response.json()["detail"]


@pytest.mark.parametrize("accept", ["x", ";;;", "*", "text/html;q=x", "/", ",", "\xff", "a/b;c"])
def test_a_strange_accept_is_served_or_406(client: Client, accept: str) -> None:
    for address in ("/", "/api/posts/", "/api/nowhere/"):
        response = client.get(address, headers={"accept": accept})
        assert response.status_code in ((404,) if "nowhere" in address else (200, 406))


@pytest.mark.parametrize("host", ["evil.example", "a b", "127.0.0.1:x", "[::1", "\xff"])
def test_another_host_is_400(client: Client, host: str) -> None:
    for address in ("/", "/api/posts/", "/api/nowhere/", "/admin/"):
        response = client.get(address, headers={"host": host})

        assert response.status_code == 400
        kind = "application/json" if "api" in address else "text/html"
        assert response.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("sent", ["", " ", "x" * 65, "a b", "\x00", "ä", "a\r\nb", "\x7f"])
def test_a_correlation_id_that_is_none_is_replaced(client: Client, sent: str) -> None:
    response = client.get("/api/posts/", headers={"x-correlation-id": sent})

    assert response.status_code == 200
    assert UUID(response.headers["X-Correlation-ID"])


INJECTED = "' OR 1=1; DROP TABLE posts_post; --"
VALUES = ["\x00", INJECTED, "9" * 5_000]
NAMES = ["q", "o", "p", "e", "_to_field"]
FILTERS = {
    "posts/post": ["created_at__gte", "title", "id__exact"],
    "comments/comment": ["status__exact", "post_id"],
    "moderation/review": ["decided_by", "matched_term", "decided_at__isnull"],
    "moderation/rule": ["action__exact", "enabled__exact"],
    "eventstore/event": ["type", "time__gte", "subject"],
    "query/parkedevent": ["state__exact", "consumer"],
    "authtoken/tokenproxy": ["created__gte", "key", "user__password__startswith"],
    "auth/user": ["groups__id__exact", "password__startswith"],
    "django_celery_results/taskresult": ["status", "consumer", "date_done__gte"],
}
"""By model, what its list can be asked for."""
ADMIN_IDS = ["\x00", "x", "9" * 5_000, INJECTED, "_00", "../1"]


@pytest.fixture
def superuser(post: Post) -> Client:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    Filled()
    superuser = browser_of("superuser")
    superuser.raise_request_exception = False
    return superuser


def test_a_bad_query_string_is_no_error_of_ours(superuser: Client) -> None:
    before = on_record()
    bad = [
        (name, query, value[:10])
        for name, queries in FILTERS.items()
        for query in [*NAMES, *queries]
        for value in VALUES
        if superuser.get(f"/admin/{name}/", {query: value}).status_code >= 500
    ]
    assert bad == []
    assert on_record() == before


def test_a_bad_id_is_no_error_of_ours(superuser: Client) -> None:
    bad = [
        (name, id_[:10], page)
        for name in FILTERS
        for id_ in ADMIN_IDS
        for page in ("change/", "delete/", "history/")
        if superuser.get("/", PATH_INFO=f"/admin/{name}/{id_}/{page}").status_code >= 500
    ]
    assert bad == []


def test_a_bad_choice_is_no_error_of_ours(superuser: Client) -> None:
    before = on_record()
    bad = [
        (name, action, value[:10])
        for name in FILTERS
        for action in ("delete_selected", "approve", "discard", "\x00", "nothing")
        for value in ADMIN_IDS
        if superuser.post(
            f"/admin/{name}/",
            {"action": action, "_selected_action": value, "why": "\x00", "reason": "\x00"},
        ).status_code
        >= 500
    ]
    assert bad == []
    assert on_record() == before


def test_a_search_term_is_a_value_and_no_query(superuser: Client) -> None:
    for name in ("posts/post", "comments/comment", "moderation/review", "eventstore/event"):
        assert "0 results" in superuser.get(f"/admin/{name}/", {"q": INJECTED}).text
    assert Post.objects.count() == 1


def test_a_browser_that_is_not_logged_in_gets_a_page_and_no_window_for_a_password(
    client: Client,
) -> None:
    response = client.get("/api/events/", headers={"accept": "text/html"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Session")
    assert "Log in" in response.content.decode()


def test_who_is_logged_in_and_may_not_is_still_403() -> None:
    assert browser_of("user").get("/api/events/").status_code == 403


UNKNOWN = {
    "/api/posts/": "autor",
    "/api/posts/{post}/": "fields",
    "/api/posts/{post}/comments/": "statuz",
    "/api/comments/?post_id={post}": "statuz",
    "/api/query/posts/": "pages",
    "/api/query/posts/{post}/": "position",
    "/api/query/posts/{post}/comments/": "offset",
    "/api/events/": "types",
    "/api/moderation/reviews/": "statuz",
}


@pytest.mark.parametrize(("address", "name"), UNKNOWN.items())
def test_a_filter_that_an_address_does_not_know_is_400_by_name(
    post: Post, address: str, name: str
) -> None:
    path = address.format(post=post.id)
    sign = "&" if "?" in path else "?"
    browser = browser_of("superuser")
    response = browser.get(f"{path}{sign}{name}=x")
    assert (response.status_code, response.json()) == (400, {name: ["Unknown parameter."]})
    assert browser.get(f"{path}{sign}format=json").status_code == 200


def test_what_was_created_is_at_the_location(client: Client, post: Post) -> None:
    created = send(client, "POST", "/api/posts/", {"title": "A", "body": "B"})
    comment = send(client, "POST", f"/api/posts/{post.id}/comments/", {"content": "A"})
    for response in (created, comment):
        location = response.headers["Location"]
        assert location.startswith("http://testserver/api/")
        assert client.get(location).json() == response.json()


def test_an_empty_author_is_anonymous_in_the_api_and_in_the_form(
    client: Client, post: Post
) -> None:
    sent = {"content": "A", "author": ""}
    created = send(client, "POST", f"/api/posts/{post.id}/comments/", sent)
    assert (created.status_code, created.json()["author"]) == (201, "Anonymous")
    client.post(f"/posts/{post.id}/comments/", sent)
    assert set(Comment.objects.values_list("author", flat=True)) == {"Anonymous"}


def test_uuids_are_found_in_upper_case(client: Client, post: Post) -> None:
    settle()
    upper = str(post.id).upper()
    for address in ("posts/{}/", "api/posts/{}/", "api/query/posts/{}/", "api/posts/{}/comments/"):
        assert client.get(f"/{address.format(upper)}", follow=True).status_code == 200
    assert (
        send(client, "POST", f"/api/posts/{upper}/comments/", {"content": "A"}).status_code == 201
    )
    assert client.post(f"/posts/{upper}/comments/", {"content": "A"}).status_code == 302
    assert Comment.objects.filter(post_id=post.id).count() == 2


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "GZIP"])
def test_a_compressed_body_is_415(client: Client, post: Post, encoding: str) -> None:
    body = gzip.compress(b'{"title": "A", "body": "B"}')
    for address in ("/api/posts/", "/posts/", f"/api/posts/{post.id}/comments/"):
        response = client.post(
            address, body, "application/json", headers={"content-encoding": encoding}
        )
        assert response.status_code == 415
        assert response.headers["Accept-Encoding"] == "identity"
    assert Post.objects.count() == 1
