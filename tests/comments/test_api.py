"""The comments API: everyone reads and writes comments, staff delete them."""

from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user
from django.test import Client, RequestFactory
from django.utils.dateparse import parse_datetime
from rest_framework.renderers import JSONRenderer

from comments import services as comments
from comments.api import CommentSerializer
from comments.models import Comment
from eventstore.models import Event
from posts import services as posts
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of
from web.readers import Reader

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_comment_is_pending_until_it_is_judged(client: Client, post: Post) -> None:
    of_post = f"/api/posts/{post.id}/comments/"
    response = send(client, "POST", of_post, {"author": "Ann", "content": " A kind word "})

    assert response.status_code == 201
    written = response.json()
    assert (written["author"], written["content"]) == ("Ann", "A kind word")
    assert (written["post_id"], written["status"]) == (str(post.id), "pending")
    assert parse_datetime(written["created_at"])
    assert UUID(written["id"])
    assert response.headers["X-Event-Position"] == "2"

    settle()
    approved = {**written, "status": "approved"}
    assert client.get(f"/api/comments/{written['id']}/").json() == approved
    assert client.get(of_post).json() == {"next": None, "previous": None, "results": [approved]}


def test_who_names_no_author_is_anonymous(client: Client, post: Post) -> None:
    response = send(client, "POST", f"/api/posts/{post.id}/comments/", {"content": "Hello"})

    assert response.json()["author"] == "Anonymous"


def test_what_the_service_decides_cannot_be_sent(client: Client, post: Post) -> None:
    sent = {"id": str(uuid4()), "post_id": str(uuid4()), "status": "approved"}
    response = send(client, "POST", f"/api/posts/{post.id}/comments/", {"content": "Hello", **sent})

    written = response.json()
    assert written["status"] == "pending"
    assert written["post_id"] == str(post.id)
    assert written["id"] != sent["id"]


@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_a_post_that_does_not_exist_takes_no_comment(client: Client, form: bool) -> None:
    if form:
        response = client.post(f"/posts/{uuid4()}/comments/", {"content": "Hello?"})
    else:
        response = send(client, "POST", f"/api/posts/{uuid4()}/comments/", {"content": "Hello?"})
        assert client.get(f"/api/posts/{uuid4()}/comments/").status_code == 404

    assert response.status_code == 404
    assert not Comment.objects.exists()
    assert not Event.objects.exists()


def test_comments_of_several_posts_come_in_one_response(client: Client) -> None:
    all_posts = [posts.create_post(f"Post {n}", "A body") for n in range(3)]
    written = [comments.create_comment(p.id, "Ann", p.title).id for p in all_posts for _ in "ab"]
    settle()

    of_posts = "&".join(f"post_id={p.id}" for p in (*all_posts[:2], all_posts[0]))
    found = client.get(f"/api/comments/?{of_posts}&post_id={uuid4()}").json()["results"]
    assert [UUID(comment["id"]) for comment in found] == written[:4]
    assert {comment["post_id"] for comment in found} == {str(p.id) for p in all_posts[:2]}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_list_has_the_bytes_that_the_serializer_makes(
    client: Client, post: Post, settings: LazySettings, zone: str
) -> None:
    """For staff, for the public, and for the sender of one of the comments."""
    settings.TIME_ZONE = zone
    settings.MODERATION_DEFAULT = "hold"
    of_post = f"/api/posts/{post.id}/comments/"
    send(client, "POST", of_post, {"author": "Ann", "content": "A \u2029 word"})
    first = comments.create_comment(post.id, "Bob", "Æ \\ <b>")
    for status in ("approved", "rejected"):
        other = comments.reply(post.id, "Eve", status, first.id)
        Comment.objects.filter(id=other.id).update(status=status, reason="Because")
    for browser in (client, Client(), browser_of("staff")):
        request = RequestFactory().get(of_post)
        request.COOKIES = {name: each.value for name, each in browser.cookies.items()}
        request.user = get_user(browser)
        rows = Comment.objects.order_by("created_at", "id")
        found = CommentSerializer(rows, many=True, context={"reader": Reader(request)}).data
        page = {"next": None, "previous": None, "results": found}
        assert browser.get(of_post).content == JSONRenderer().render(page)
        assert browser.get(f"/api/comments/?post_id={post.id}").content == JSONRenderer().render(
            page
        )


def test_staff_delete_a_comment(client: Client, post: Post) -> None:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    staff, address = browser_of("staff"), f"/api/comments/{comment.id}/"

    response = send(staff, "DELETE", address)
    assert (response.status_code, response.content) == (204, b"")
    settle()
    last = Event.objects.last()
    assert last
    assert (last.type, str(last.position)) == (
        "CommentDeleted",
        response.headers["X-Event-Position"],
    )
    assert client.get(address).status_code == 404
    assert send(staff, "DELETE", address).status_code == 404
    assert client.get(f"/api/query/posts/{post.id}/").json()["comment_count"] == 0
    assert staff.get("/api/posts/").json()["results"]


def test_deleting_a_post_takes_its_comments_with_it(client: Client, post: Post) -> None:
    other = posts.create_post("Another", "A body")
    for at in (post, post, other):
        comments.create_comment(at.id, "Ann", "A kind word")
    settle()

    send(browser_of("staff"), "DELETE", f"/api/posts/{post.id}/")
    settle()

    assert [comment.post_id for comment in Comment.objects.all()] == [other.id]
    assert Event.objects.filter(type="CommentDeleted").count() == 2
    assert client.get(f"/api/posts/{post.id}/comments/").status_code == 404
    response = send(client, "POST", f"/api/posts/{post.id}/comments/", {"content": "Too late"})
    assert response.status_code == 404
    assert client.get(f"/api/posts/{other.id}/comments/").json()["results"]


def test_a_comment_of_a_service_that_is_behind_is_there_at_once(client: Client) -> None:
    address = send(client, "POST", "/api/posts/", {"title": "A", "body": "B"}).json()["id"]
    of_post = f"/api/posts/{address}/comments/"

    assert client.get(of_post).json()["results"] == []
    written = send(client, "POST", of_post, {"content": "Hello"}).json()
    assert client.get(of_post).json()["results"] == [written]
