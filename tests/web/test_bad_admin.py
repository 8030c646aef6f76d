"""Bad addresses and query strings in the admin: an answer, never a 500."""

import pytest
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of
from tests.records import on_record
from tests.web.addresses import Filled

pytestmark = pytest.mark.django_db(databases="__all__")

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
    "auth/user": ["groups__id__exact", "password__startswith"],
    "django_celery_results/taskresult": ["status", "consumer", "date_done__gte"],
}
"""By model, what its list can be asked for."""
IDS = ["\x00", "x", "9" * 5_000, INJECTED, "_00", "../1"]


@pytest.fixture
def browser(post: Post) -> Client:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    Filled()
    browser = browser_of("superuser")
    browser.raise_request_exception = False
    return browser


def test_a_bad_query_string_is_no_error_of_ours(browser: Client) -> None:
    before = on_record()
    bad = [
        (name, query, value[:10])
        for name, queries in FILTERS.items()
        for query in [*NAMES, *queries]
        for value in VALUES
        if browser.get(f"/admin/{name}/", {query: value}).status_code >= 500
    ]
    assert bad == []
    assert on_record() == before


def test_a_bad_id_is_no_error_of_ours(browser: Client) -> None:
    bad = [
        (name, id_[:10], page)
        for name in FILTERS
        for id_ in IDS
        for page in ("change/", "delete/", "history/")
        if browser.get("/", PATH_INFO=f"/admin/{name}/{id_}/{page}").status_code >= 500
    ]
    assert bad == []


def test_a_bad_choice_is_no_error_of_ours(browser: Client) -> None:
    before = on_record()
    bad = [
        (name, action, value[:10])
        for name in FILTERS
        for action in ("delete_selected", "approve", "discard", "\x00", "nothing")
        for value in IDS
        if browser.post(
            f"/admin/{name}/",
            {"action": action, "_selected_action": value, "why": "\x00", "reason": "\x00"},
        ).status_code
        >= 500
    ]
    assert bad == []
    assert on_record() == before


def test_what_is_looked_for_is_a_value_and_no_query(browser: Client) -> None:
    for name in ("posts/post", "comments/comment", "moderation/review", "eventstore/event"):
        assert "0 results" in browser.get(f"/admin/{name}/", {"q": INJECTED}).text
    assert Post.objects.count() == 1
