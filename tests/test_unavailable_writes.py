"""While a database is away, what cannot be saved is not, and says so; the rest follows later."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from comments import services as comments
from comments.models import Comment
from posts.models import Post
from tests.away import COMMENT, JSON, PAGE, POST, Away, is_unavailable
from tests.away import away as away
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def writes(post: UUID, comment: UUID) -> dict[str, list[tuple[str, str, Any]]]:
    """What cannot be saved while each of these databases is away."""
    return {
        "posts": [
            ("POST", "/api/posts/", POST),
            ("PATCH", f"/api/posts/{post}/", {"title": "Another"}),
            ("DELETE", f"/api/posts/{post}/", None),
            ("FORM", "/posts/", POST),
            ("FORM", "/admin/posts/post/add/", POST),
            ("FORM", f"/admin/posts/post/{post}/delete/", {"post": "yes"}),
        ],
        "comments": [
            ("POST", f"/api/posts/{post}/comments/", COMMENT),
            ("DELETE", f"/api/comments/{comment}/", None),
            ("FORM", f"/posts/{post}/comments/", COMMENT),
            ("FORM", f"/admin/comments/comment/{comment}/change/", COMMENT),
        ],
        "moderation": [
            ("POST", f"/api/moderation/reviews/{comment}/approve/", {}),
            ("POST", f"/api/moderation/reviews/{comment}/reject/", {}),
        ],
        "eventstore": [
            ("POST", f"/api/posts/{uuid4()}/comments/", COMMENT),
            ("FORM", f"/posts/{uuid4()}/comments/", COMMENT),
        ],
    }


@pytest.mark.parametrize("alias", ["posts", "comments", "moderation", "eventstore"])
def test_what_cannot_be_saved_says_so_and_saves_nothing(post: Post, away: Away, alias: str) -> None:
    comment = comments.create_comment(post.id, "Ann", "A word")
    settle()
    browser, before = browser_of("superuser"), on_record()
    for method, path, body in writes(post.id, comment.id)[alias]:
        with away(alias):
            if method == "FORM":
                answer = browser.post(path, body)
            else:
                answer = send(browser, method, path, body)
            assert is_unavailable(answer, JSON if path.startswith("/api/") else PAGE)
            assert "Nothing was saved" in answer.text
        settle()
        assert on_record() == before


@pytest.mark.parametrize("alias", ["eventstore", "default", "moderation", "query"])
@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_what_can_be_saved_is_and_follows_when_all_is_back(
    client: Client, post: Post, away: Away, alias: str, form: bool
) -> None:
    with away(alias):
        if form:
            answer = client.post(f"/posts/{post.id}/comments/", COMMENT)
            assert answer.status_code == 302
        else:
            answer = send(client, "POST", f"/api/posts/{post.id}/comments/", COMMENT)
            assert answer.status_code == 201
    settle()
    assert [comment.status for comment in Comment.objects.all()] == ["approved"]
    shown = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert [comment["status"] for comment in shown] == ["approved"]
