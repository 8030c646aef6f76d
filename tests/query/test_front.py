"""What the public is answered before Django: the same as by Django, and never anything old."""

import json
import logging
import re
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.signing import TimestampSigner
from django.db import OperationalError
from django.test import Client
from prometheus_client import REGISTRY

from comments import services as comments
from eventstore import deadlines
from eventstore.models import Event, Head
from posts import services as posts
from posts.models import Post
from query.models import Checkpoint, PostView, consumer
from query.reads import PostQuery
from tests.histories import settle
from tests.pages import Page
from tests.query.site import Reply, Site
from tests.query.site import site as site
from web import versions

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

LIST = "/api/query/posts/"
COOKIE = "csrftoken=" + "abcdefgh" * 4
SLOTS = re.compile(rb'(name="(?:csrfmiddlewaretoken|idempotency_key)" value=")[^"]*')
LONG_AGO = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def addresses(post: Post) -> list[str]:
    return [
        *("/", "/?page=1", "/?q=title", "/?q=nowhere", "/posts/a-title/", "/posts/a-title/?page=1"),
        *("/feed/", "/posts/a-title/feed/", "/sitemap.xml", "/sitemap-1.xml"),
        *(LIST, f"{LIST}?limit=1", f"{LIST}{post.id}/", f"{LIST}{post.id}/comments/"),
        f"/api/query/comments/?id={UUID(int=7)}",
        *(f"{LIST}?min_position=1", f"{LIST}?format=json"),
    ]


def is_made_again(address: str) -> bool:
    """After a change, without Django."""
    path, _, query = address.partition("?")
    return path == LIST and "min_position" not in query


def settled_long_ago() -> None:
    """Feeds have a date once a second is over."""
    Checkpoint.objects.update(updated_at=LONG_AGO)


def of_nobody(reply: Reply) -> bytes:
    """Without what each copy of a page has for itself."""
    return SLOTS.sub(rb"\1", reply.body)


def hidden(page: Reply, name: str) -> str:
    """The value of this field of the page's form."""
    return Page(page.text).find("input", name=name).attributes["value"]


def cookies_of(browser: Client) -> str:
    return "; ".join(f"{name}={cookie.value}" for name, cookie in browser.cookies.items())


def commented(post: Post) -> UUID:
    comment = comments.create_comment(post.id, "Bob", "A kind word")
    settle()
    return comment.id


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_remembered_has_the_bytes_and_headers_of_django(
    site: Site, post: Post, settings: LazySettings, method: str
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://elsewhere.example"]
    commented(post)
    settled_long_ago()
    kinds: list[dict[str, str]] = [
        {},
        {"Cookie": COOKIE},
        {"Origin": "https://elsewhere.example"},
        {"Accept": "application/json;q=0.9, */*"},
    ]
    for address in addresses(post):
        for headers in kinds:
            site.server.front._kept.clear()
            fresh = site.get(address, method, **headers)
            again = site.get(address, method, **headers)
            assert (fresh.by_django, again.by_django) == (True, False), (address, headers)
            assert again.status == fresh.status == 200
            if "Cookie" in headers or b"csrfmiddlewaretoken" not in fresh.body:
                assert again.common == fresh.common
            assert of_nobody(again) == of_nobody(fresh)
            assert len(again.body) == len(fresh.body) == int(again.header("Content-Length"))
            assert site.get(address, method, **headers, Cache_Control="no-cache").by_django


def test_who_has_it_already_is_answered_304_as_by_django(site: Site, post: Post) -> None:
    settled_long_ago()
    for address in addresses(post):
        etag = site.get(address, Cookie=COOKIE).header("ETag")
        known = {"Cookie": COOKIE, "If_None_Match": f'"other", W/{etag}'}
        again = site.get(address, **known)
        assert (again.status, again.body, again.by_django) == (304, b"", False), address
        site.server.front._kept.clear()
        fresh = site.get(address, **known)
        assert (fresh.status, fresh.body, fresh.by_django) == (304, b"", True), address
        assert again.common == fresh.common
        assert again.header("ETag") == etag
        assert site.get(address, Cookie=COOKIE, If_None_Match='"other"').status == 200


LISTS = (
    *("", "?limit=1", "?limit=2&ordering=created_at", "?format=json", "?limit="),
    *(
        "?author=Ann",
        "?search=itl",
        "?since=2026-01-01T00:00:00Z&limit=1",
        "?until=2026-01-01T00:00Z",
    ),
)


@pytest.mark.parametrize("new", [{}, {"Cache_Control": "no-cache"}])
def test_what_is_made_again_has_the_bytes_and_headers_of_django(
    site: Site,
    post: Post,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    new: dict[str, str],
) -> None:
    """Every page of each list, forwards and back, before and after a change. A cursor has the time
    at which it was signed."""
    monkeypatch.setattr(TimestampSigner, "timestamp", lambda signer: "1vAAAA")
    settings.CORS_ALLOWED_ORIGINS = ["https://elsewhere.example"]
    settings.TIME_ZONE = "Asia/Kolkata"
    posts.create_post("A second title", "\u2028 & <b>", author="Ann")
    posts.create_post("Title 3", "", author="Bob")
    other = Site()
    kinds: list[dict[str, str]] = [
        *({}, {"Cookie": COOKIE}, {"Origin": "https://elsewhere.example"}),
        *({"Accept": "application/json;q=0.9, */*"}, {"Accept": "application/json; indent=2"}),
        *({"X_Forwarded_Host": "elsewhere"}, {"If_None_Match": '"other"'}, {"If_None_Match": "*"}),
    ]
    try:
        for headers in kinds:
            addresses = [f"{LIST}{query}" for query in LISTS]
            commented(post)
            for address in addresses:
                first = site.get(address, **headers, **new)
                if first.body:
                    found = json.loads(first.body)
                    others = {found["next"], found["previous"]} - {None, *addresses}
                    places = (each.removeprefix("http://localhost") for each in others)
                    addresses += [each for each in places if each not in addresses]
            assert len(addresses) > len(LISTS) + 2 or first.status == 304
            comments.create_comment(post.id, "Eve", f"Another \u2029 word \x7f \"'{headers}")
            settle()
            for address in addresses:
                again = site.get(address, **headers, **new)
                other.server.front._kept.clear()
                by_django = other.get(address, **headers, **new)
                assert by_django.by_django
                assert not again.by_django
                assert (again.status, again.common) == (by_django.status, by_django.common)
                assert again.body == by_django.body
    finally:
        other.close()


def test_what_is_made_again_is_of_the_public(
    site: Site, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    new = {"Cache_Control": "no-cache"}
    sender = Client()
    site.get(LIST, **new)
    sender.post(f"/posts/{post.id}/comments/", {"content": "A secret", "author": "Eve"})
    settle()
    public = site.get(LIST, **new)
    assert not public.by_django
    assert [each["content"] for each in json.loads(public.body)["results"][0]["comments"]] == [""]
    for headers in ({"Cookie": cookies_of(sender)}, {"Authorization": "Token x"}):
        theirs = site.get(LIST, **headers, **new)
        assert theirs.by_django
    assert "A secret" in site.get(LIST, Cookie=cookies_of(sender), **new).text
    assert "A secret" not in site.get(LIST, **new).text


def test_what_cannot_be_made_again_is_django_s(
    site: Site, post: Post, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And both together have the time of one request."""
    new = {"Cache_Control": "no-cache"}
    for error, status in ((OperationalError("away"), 503), (OSError("a bug"), 500)):
        site.get(LIST, **new)
        left = list[float]()

        def fail(query: PostQuery, error: Exception = error, left: list[float] = left) -> Any:
            left.append(deadlines.seconds_left())
            time.sleep(0.01)
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(PostQuery, "rows", fail)
            reply = site.get(LIST, **new)
            assert (reply.by_django, reply.status) == (True, status)
            assert settings.DATABASE_TIMEOUT > left[0] > left[1]
        assert not site.get(LIST, **new).by_django


def test_a_form_of_a_remembered_page_can_be_sent_once(site: Site, post: Post) -> None:
    """By two readers, one of whom comes for the first time."""
    site.get("/")
    for cookie in ("", COOKIE):
        page = site.get("/", **({"Cookie": cookie} if cookie else {}))
        assert not page.by_django
        browser = Client(enforce_csrf_checks=True)
        [browser.cookies["csrftoken"]] = re.findall(
            r"csrftoken=(\w{32});", page.header("Set-Cookie")
        )
        assert all(each in page.header("Set-Cookie") for each in ("HttpOnly", "Lax", "Max-Age"))
        names = ("csrfmiddlewaretoken", "idempotency_key")
        form = {
            name: Page(page.text).find("input", name=name).attributes["value"] for name in names
        }
        for _ in range(2):
            assert browser.post("/posts/", form | {"title": "Mine"}).status_code == 302
        form["csrfmiddlewaretoken"] = "a" * 64
        assert browser.post("/posts/", form | {"title": "Mine"}).status_code == 403
    assert Post.objects.filter(title="Mine").count() == 2


def test_each_copy_of_a_page_has_its_own_token_and_key(site: Site, post: Post) -> None:
    pages = [site.get("/posts/a-title/") for _ in range(4)]
    assert [page.by_django for page in pages] == [True, False, False, False]
    for name in ("csrfmiddlewaretoken", "idempotency_key"):
        values = [hidden(page, name) for page in pages]
        assert len(set(values)) == 4
        assert all(len(value) >= 22 for value in values)
    assert len({page.header("Set-Cookie") for page in pages}) == 4


def test_another_token_is_another_page(site: Site, post: Post) -> None:
    """As after a login: the old page's token would be refused."""
    etag = site.get("/", Cookie=COOKIE).header("ETag")
    for cookie in (COOKIE.upper(), "csrftoken=short", "other=1"):
        assert site.get("/", Cookie=cookie, If_None_Match=etag).status == 200
    assert site.get("/", Cookie=COOKIE, If_None_Match=etag).status == 304


def test_the_next_event_is_seen_at_once(site: Site, post: Post) -> None:
    settled_long_ago()
    before = {each: (site.get(each), site.get(each))[1] for each in addresses(post)}
    commented(post)
    for address, old in before.items():
        new = site.get(address, If_None_Match=old.header("ETag"))
        assert (new.status, new.by_django) == (200, not is_made_again(address)), address
        assert new.header("ETag") != old.header("ETag")
    assert "A kind word" in site.get("/").text
    assert "A kind word" in site.get("/posts/a-title/").text


def _rebuild(post: Post) -> None:
    call_command("replay_events", verbosity=0)


def _lose_the_end_of_the_log(post: Post) -> None:
    commented(post)
    head = Head.objects.get()
    Event.objects.filter(position=head.position).delete()
    Head.objects.update(position=head.position - 1)
    consumer.catch_up()


def _lose_the_database(post: Post) -> None:
    PostView.objects.all().delete()
    Checkpoint.objects.all().delete()


@pytest.mark.parametrize("change", [_rebuild, _lose_the_end_of_the_log, _lose_the_database])
def test_whatever_else_changes_the_read_model_changes_every_tag(
    site: Site, post: Post, change: Any
) -> None:
    settled_long_ago()
    found = [each for each in addresses(post) if "min_position" not in each]
    before = {each: (site.get(each), site.get(each))[1].header("ETag") for each in found}
    change(post)
    for address, etag in before.items():
        new = site.get(address, If_None_Match=etag)
        assert new.by_django or is_made_again(address), address
        assert new.status != 304
        assert new.header("ETag") != etag


def test_nobody_is_given_what_another_may_see(
    site: Site, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    sender, staff = Client(), Client()
    sender.post(f"/posts/{post.id}/comments/", {"content": "A secret", "author": "Eve"})
    staff.force_login(User.objects.create_superuser("mo"))
    settle()
    cookies = [
        "; ".join(f"{k}={v.value}" for k, v in each.cookies.items()) for each in (sender, staff)
    ]
    for address in ("/", "/posts/a-title/", LIST, f"{LIST}{post.id}/"):
        for _ in range(2):
            for cookie in cookies:
                theirs = site.get(address, Cookie=cookie)
                assert theirs.by_django
                assert "A secret" in theirs.text
                assert theirs.header("ETag") == ""
            public = site.get(address)
            assert "A secret" not in public.text
            assert "Services: state" not in public.text
        assert not public.by_django
        etag = public.header("ETag")
        assert all(
            site.get(address, Cookie=each, If_None_Match=etag).status == 200 for each in cookies
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Token x"},
        {"Cookie": "sessionid=x"},
        {"Cookie": "own_comments=x"},
        {"Cookie": "messages=x"},
        {"Cookie": "csrftoken=malformed"},
        {"Cache_Control": "no-cache"},
        {"Host": "evil.example"},
        {"Accept": "text/html"},
        {"Content_Length": "1"},
        {"Content_Encoding": "gzip"},
        {"If_Match": '"x"'},
    ],
)
def test_an_exception_is_django_s(site: Site, post: Post, headers: dict[str, str]) -> None:
    for address in ("/", LIST):
        if (address, headers) == (LIST, {"Cookie": "csrftoken=malformed"}):
            continue  # it has no form
        site.get(address)
        for _ in range(2):
            reply = site.get(address, **headers)
            is_new = headers == {"Cache_Control": "no-cache"} and address == LIST
            assert reply.by_django or is_new or headers == {"Accept": "text/html"}
            assert (reply.status == 400) == (headers == {"Host": "evil.example"})
        assert not site.get(address).by_django
    assert site.get(LIST, Authorization="Token x").status == 401


def test_what_is_no_page_is_not_remembered(site: Site, post: Post) -> None:
    for address, status in (
        *(("/posts/nowhere/", 404), (f"/posts/{post.id}/", 301), (f"{LIST}?x=1", 400)),
        *(("/healthz", 200), ("/static/hindsight.css", 200), ("/admin/login/", 200)),
    ):
        for _ in range(2):
            reply = site.get(address)
            assert (reply.status, reply.by_django) == (status, True), address
    assert site.get("/", "POST").status == 405


def test_a_late_page_is_not_remembered(site: Site, post: Post, settings: LazySettings) -> None:
    settings.POSITION_WAIT = 0.01
    position = consumer.position() + 1
    for _ in range(2):
        late = site.get(f"/?min_position={position}")
        assert "does not show it yet" in late.text
        assert late.header("ETag") == ""
        assert site.get(f"{LIST}?min_position={position}").status == 503
    posts.create_post("Another", "A body")
    settle()
    assert "Another" in site.get(f"/?min_position={position}").text
    assert "Another" in site.get(f"{LIST}?min_position={position}").text


def test_each_answer_has_its_correlation_id_its_line_and_its_count(
    site: Site, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    def count(status: int) -> float:
        labels = {"method": "GET", "address": "query:post-list", "status": str(status)}
        return REGISTRY.get_sample_value("hindsight_http_request_seconds_count", labels) or 0.0

    etag = site.get("/", Cookie=COOKIE).header("ETag")
    before = count(200), count(304)
    caplog.set_level(logging.DEBUG, "web.access")
    caplog.clear()
    ids = [
        site.get("/", X_Correlation_ID="mine").header("X-Correlation-ID"),
        site.get("/", X_Correlation_ID="two words").header("X-Correlation-ID"),
        site.get("/", Cookie=COOKIE, If_None_Match=etag).header("X-Correlation-ID"),
    ]
    assert site.handled == ["/"]
    assert ids[0] == "mine"
    assert UUID(ids[1]) != UUID(ids[2])
    assert (count(200), count(304)) == (before[0] + 2, before[1] + 1)
    lines = [record.getMessage() for record in caplog.records if record.name == "web.access"]
    assert [line.partition(" in ")[0] for line in lines] == [
        "GET /: 200",
        "GET /: 200",
        "GET /: 304",
    ]


def test_requests_that_come_together_share_a_look(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get_all(*[LIST] * 3)
    looks, state = list[Any](), versions._state

    def counted(row: Any) -> Any:
        looks.append(row)
        return state(row)

    monkeypatch.setattr(versions, "_state", counted)
    replies = site.get_all(*[LIST] * 50)
    assert not any(reply.by_django for reply in replies)
    assert 1 <= len(looks) <= 3


def test_what_many_ask_for_is_made_once_after_a_change(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, rows = list[PostQuery](), PostQuery.rows

    def counted(query: PostQuery) -> Any:
        made.append(query)
        return rows(query)

    monkeypatch.setattr(PostQuery, "rows", counted)
    for address in (LIST, "/"):
        site.get(address)
        commented(post)
        before = len(site.handled)
        replies = site.get_all(*[address] * 20)
        assert len(site.handled) == before + (address != LIST)
        assert len(made) == 2
        assert all("A kind word" in reply.text for reply in replies)


def test_what_was_made_during_a_look_is_not_made_again(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get(LIST)
    commented(post)
    looks, state, handled = list[Any](), versions._state, len(site.handled)
    made, kept = threading.Event(), list[Any]()

    def slow(row: Any) -> Any:
        looks.append(row)
        if len(looks) == 2:  # that of all but the first request
            assert made.wait(60)
        return state(row)

    real = site.server.front.keep

    def keep(*args: Any) -> None:
        real(*args)
        kept.append(args)
        made.set()

    monkeypatch.setattr(versions, "_state", slow)
    monkeypatch.setattr(site.server.front, "keep", keep)
    monkeypatch.setattr("query.remembered.checkpoint.state", lambda: state(looks[0]))
    replies = site.get_all(*[LIST] * 3)
    assert len(looks) > 1
    assert len(kept) == 1
    assert len(site.handled) == handled
    assert all("A kind word" in reply.text for reply in replies)


def test_a_database_that_does_not_answer_is_left_to_django(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PAUSE_SECONDS", 0.0)
    site.get(LIST)

    def fail(row: Any) -> Any:
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(versions, "_state", fail)
        patch.setattr("query.remembered.checkpoint.state", lambda: None)
        assert [reply.by_django for reply in site.get_all(*[LIST] * 3)] == [True] * 3
    assert not site.get(LIST).by_django


def test_a_look_that_hangs_is_not_waited_for(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "LOOK_SECONDS", 0.05)
    site.get(LIST)
    go, state = threading.Event(), versions._state

    def hang(row: Any) -> Any:
        go.wait()
        return state(row)

    monkeypatch.setattr(versions, "PAUSE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(versions, "_state", hang)
        patch.setattr("query.remembered.checkpoint.state", lambda: None)
        assert [site.get(LIST).by_django for _ in range(3)] == [True] * 3
        go.set()
    while site.get(LIST).by_django:  # until the thread is back
        pass


def test_the_memory_is_bounded(site: Site, post: Post) -> None:
    front = site.server.front
    site.get(LIST)
    one = front.used
    front._room = 3 * one
    for limit in range(1, 10):
        site.get(f"{LIST}?limit={limit}")
        site.get(LIST)  # used again and again
        assert front.used <= front._room
        assert front.used == sum(kept.size for kept in front._kept.values())
    assert not site.get(LIST).by_django
    assert site.get(f"{LIST}?limit=1").by_django
    front._room = 1
    site.get(f"{LIST}?limit=20")
    assert len(front._kept) <= 3


def test_with_debug_and_traces_every_request_comes_to_django(
    site: Site, post: Post, settings: LazySettings
) -> None:
    settings.REMEMBERED_BYTES = 0
    other = Site()
    try:
        assert [other.get(LIST).by_django for _ in range(2)] == [True, True]
    finally:
        other.close()
