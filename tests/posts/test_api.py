"""The posts API: everyone reads and writes posts, staff change and delete them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client
from django.utils.dateparse import parse_datetime
from rest_framework.renderers import JSONRenderer

from eventstore.models import Event
from posts import services as posts
from posts.api import PostSerializer
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ADDRESS = "/api/posts/{}/"


def published() -> list[str]:
    return list(Event.objects.values_list("type", flat=True))


def test_a_post_is_written_and_read_again(client: Client) -> None:
    response = send(client, "POST", "/api/posts/", {"title": " A title ", "body": "A\nbody"})

    assert response.status_code == 201
    written = response.json()
    assert (written["title"], written["body"]) == ("A title", "A\nbody")
    assert parse_datetime(written["created_at"])
    assert client.get(ADDRESS.format(UUID(written["id"]))).json() == written
    assert client.get("/api/posts/").json()["results"] == [written]
    assert published() == ["PostCreated"]
    assert response.headers["X-Event-Position"] == str(Event.objects.get().position)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_list_has_the_bytes_that_the_serializer_makes(
    client: Client, settings: LazySettings, zone: str
) -> None:
    settings.TIME_ZONE = zone
    for title in ("One", "Two \u2028 & <b>"):
        posts.create_post(title, "Æ body\n\\", author="Ann")
    Post.objects.filter(title="One").update(slug=None, author="")
    found = PostSerializer(Post.objects.all(), many=True).data
    page = {"next": None, "previous": None, "results": found}
    assert client.get("/api/posts/").content == JSONRenderer().render(page)
    assert "Two" in client.get("/api/posts/", headers={"accept": "text/html"}).content.decode()


def test_what_the_service_decides_cannot_be_sent(client: Client) -> None:
    body = {"title": "A", "body": "B", "id": str(uuid4()), "created_at": "2000-01-01T00:00:00Z"}
    written = send(client, "POST", "/api/posts/", {**body, "version": 9}).json()

    assert written["id"] != body["id"]
    assert written["created_at"] != body["created_at"]
    assert (new := Post.objects.get()).version == 1
    assert client.get(ADDRESS.format(new.id)).headers["ETag"] == f'"{new.tag}"'


def test_staff_change_a_post(post: Post) -> None:
    staff = browser_of("staff")
    response = send(staff, "PATCH", ADDRESS.format(post.id), {"title": "Better"})
    settle()

    assert response.status_code == 200
    assert (response.json()["title"], response.json()["body"]) == ("Better", "A body")
    assert published() == ["PostCreated", "PostUpdated"]
    assert response.headers["X-Event-Position"] == "2"
    assert staff.get(f"/api/query/posts/{post.id}/").json()["title"] == "Better"


@pytest.mark.parametrize("change", [{}, {"title": "A title"}, {"unknown": "A"}])
def test_a_change_without_effect_publishes_nothing(post: Post, change: dict[str, str]) -> None:
    response = send(browser_of("staff"), "PATCH", ADDRESS.format(post.id), change)

    assert response.status_code == 200
    assert "X-Event-Position" not in response.headers
    assert published() == ["PostCreated"]


def test_staff_delete_a_post(post: Post) -> None:
    staff = browser_of("staff")
    response = send(staff, "DELETE", ADDRESS.format(post.id))
    settle()

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["X-Event-Position"] == "2"
    assert published() == ["PostCreated", "PostDeleted"]
    for address in (ADDRESS.format(post.id), f"/api/query/posts/{post.id}/", f"/posts/{post.id}/"):
        assert staff.get(address).status_code == 404
    assert send(staff, "DELETE", ADDRESS.format(post.id)).status_code == 404
    assert send(staff, "PATCH", ADDRESS.format(post.id), {"title": "B"}).status_code == 404


def test_the_second_of_two_conflicting_writes_is_412(post: Post) -> None:
    staff, address = browser_of("staff"), ADDRESS.format(post.id)
    seen = staff.get(address).headers["ETag"]

    first = send(staff, "PATCH", address, {"title": "First"}, if_match=seen)
    second = send(staff, "PATCH", address, {"title": "Second"}, if_match=seen)
    third = send(staff, "DELETE", address, if_match=seen)

    assert [r.status_code for r in (first, second, third)] == [200, 412, 412]
    assert "detail" in second.json()
    assert published() == ["PostCreated", "PostUpdated"]
    now = first.headers["ETag"]
    assert staff.get(address).headers["ETag"] == now != seen
    assert send(staff, "DELETE", address, if_match=now).status_code == 204


@pytest.mark.parametrize("if_match", ["*", '"{}"', '"7", "{}"', '"{}","7"'])
def test_an_if_match_may_name_several_or_any(post: Post, if_match: str) -> None:
    address, tags = ADDRESS.format(post.id), if_match.format(post.tag)
    response = send(browser_of("staff"), "PATCH", address, {"title": "B"}, if_match=tags)

    assert response.status_code == 200


def test_a_change_between_the_read_and_the_lock_is_412(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, address = posts.update_post, ADDRESS.format(post.id)

    def too_late(post_id: UUID, **changes: Any) -> Post:
        update(post_id, title="First")
        return update(post_id, **changes)

    monkeypatch.setattr(posts, "update_post", too_late)
    response = send(browser_of("staff"), "PATCH", address, {"title": "B"}, if_match=f'"{post.tag}"')

    assert response.status_code == 412
    assert Post.objects.get().title == "First"


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"0", "{}"', "*"])
def test_what_the_reader_has_is_not_sent_again(client: Client, post: Post, known: str) -> None:
    known = known.format(post.tag)
    response = client.get(ADDRESS.format(post.id), headers={"if-none-match": known})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == f'"{post.tag}"'

    posts.update_post(post.id, title="B")
    if known != "*":
        response = client.get(ADDRESS.format(post.id), headers={"if-none-match": known})
        assert response.status_code == 200


def test_no_tag_comes_back_after_the_database_was_restored(client: Client, post: Post) -> None:
    """A reader and an editor have the second state; a backup brings the first one back, and
    another second state follows: theirs is neither taken for it, nor overwrites it."""
    staff, address = browser_of("staff"), ADDRESS.format(post.id)
    [backup] = Post.objects.values()
    first = client.get(address).headers["ETag"]
    posts.update_post(post.id, title="Second")
    theirs = client.get(address).headers["ETag"]

    Post.objects.filter(id=post.id).update(**backup)
    assert client.get(address).headers["ETag"] == first
    posts.update_post(post.id, title="Another second")

    response = client.get(address, headers={"if-none-match": theirs})
    assert (response.status_code, response.json()["title"]) == (200, "Another second")
    for method, body in (("PATCH", {"title": "Third"}), ("DELETE", {})):
        assert send(staff, method, address, body, if_match=theirs).status_code == 412
    assert Post.objects.get().title == "Another second"


def test_a_program_of_the_earlier_version_may_still_write(client: Client) -> None:
    """During an upgrade: it does not know the revision, and counts the version."""
    columns = ("id", "title", "body", "author", "created_at", "version")
    earlier, names = uuid4(), ", ".join(columns)
    values = [Post._meta.get_field("id").get_db_prep_value(earlier, connections["posts"])]
    values += ["A", "B", "", "2026-05-01 12:00:00", 1]
    with connections["posts"].cursor() as cursor:
        cursor.execute(f"INSERT INTO posts_post ({names}) VALUES (%s, %s, %s, %s, %s, %s)", values)
    tag = client.get(ADDRESS.format(earlier)).headers["ETag"]
    Post.objects.filter(id=earlier).update(title="C", version=2)
    response = client.get(ADDRESS.format(earlier), headers={"if-none-match": tag})
    assert (response.status_code, response.json()["title"]) == (200, "C")
