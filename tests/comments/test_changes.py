"""A sender changes or deletes their comment for ten minutes, by form and API. It is judged anew."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from comments import services
from comments.models import Comment
from eventstore.models import Event
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query.models import CommentView
from tests.calls import send
from tests.histories import settle
from tests.pages import Page, get
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

OVER = "A comment can be changed or deleted by its sender for 10 minutes. That time is over."


def write(client: Client, post: Post, content: str = "Frist") -> str:
    address = f"/api/posts/{post.id}/comments/"
    sent = send(client, "POST", address, {"content": content, "author": "Ann"})
    settle()
    return str(sent.json()["id"])


def age(comment_id: str, minutes: float) -> None:
    """It was written so long ago."""
    at = timezone.now() - timedelta(minutes=minutes)
    Comment.objects.filter(id=comment_id).update(created_at=at)


def shown(comment_id: str) -> tuple[str, str, str]:
    row = CommentView.objects.get(id=comment_id)
    return row.author, row.content, row.status


def forms(comment_id: str) -> tuple[str, str]:
    return f"/comments/{comment_id}/change/", f"/comments/{comment_id}/delete/"


def test_its_sender_changes_it_with_the_form_and_it_is_judged_anew(
    client: Client, post: Post
) -> None:
    comment_id = write(client, post)
    assert shown(comment_id) == ("Ann", "Frist", "approved")
    change, _ = forms(comment_id)
    form = get(client, change)
    assert "".join(form.find("textarea", name="content").raw).strip() == "Frist"
    assert form.find("input", name="author").attributes["value"] == "Ann"

    typed = {"content": "First", "author": "Anna"}
    response = client.post(change, typed)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"/posts/{post.id}/?comment={comment_id}&min")
    assert response.headers["Location"].endswith(f"#comment-{comment_id}")
    assert Comment.objects.get().status == "pending"
    settle()
    assert shown(comment_id) == ("Anna", "First", "approved")

    client.post(change, {**typed, "content": "An orange"})
    settle()
    assert shown(comment_id) == ("Anna", "An orange", "rejected")
    assert "An orange" not in Client().get(f"/posts/{post.id}/", follow=True).text


def test_its_sender_changes_it_with_the_api(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    address = f"/api/comments/{comment_id}/"
    tag = client.get(address).headers["ETag"]
    sent = {"content": "First", "status": "approved", "parent_id": comment_id}
    answer = send(client, "PATCH", address, sent, if_match=tag)
    assert answer.status_code == 200
    told = answer.json()
    expected = ("Ann", "First", "pending", None)
    assert (told["author"], told["content"], told["status"], told["parent_id"]) == expected
    assert answer.headers["X-Event-Position"]

    assert send(client, "PATCH", address, {"content": "F"}, if_match=tag).status_code == 412
    assert send(client, "PATCH", address, {"content": " "}).status_code == 400
    settle()
    again = client.get(address)
    assert again.json()["status"] == "approved"
    assert again.headers["ETag"] not in (tag, answer.headers["ETag"])
    revisions = Event.objects.filter(type="CommentUpdated", subject=UUID(comment_id)).count()
    assert revisions == 3  # approved, changed, approved


def test_what_stays_as_it_is_is_not_judged_again(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    before = Event.objects.count()
    same = {"content": "Frist", "author": "Ann"}
    assert client.post(forms(comment_id)[0], same).status_code == 302
    assert send(client, "PATCH", f"/api/comments/{comment_id}/", {}).status_code == 200
    assert Event.objects.count() == before
    assert Comment.objects.get().status == "approved"


def test_the_public_has_no_tag_of_what_it_may_not_read(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    address = f"/api/comments/{write(client, post)}/"
    assert "ETag" in client.get(address).headers
    assert "ETag" not in Client().get(address).headers


@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_its_sender_deletes_it_and_replies_stay(client: Client, post: Post, form: bool) -> None:
    comment_id = write(client, post)
    reply = services.reply(post.id, "Bob", "Quite", UUID(comment_id))
    settle()
    _, delete = forms(comment_id)
    if form:
        assert "Frist" in get(client, delete).text
        key = {"idempotency_key": "k" * 22}
        to = [client.post(delete, key).headers["Location"] for _ in "ab"]
        assert to[0] == to[1]
        assert to[0].startswith(f"/posts/{post.id}/?min_position=")
    else:
        assert send(client, "DELETE", f"/api/comments/{comment_id}/").status_code == 204
    settle()
    assert [row.id for row in CommentView.objects.all()] == [reply.id]
    assert client.get(f"/api/comments/{comment_id}/").status_code == 404
    for address in forms(comment_id):
        assert client.get(address).status_code == 404
        assert client.post(address, {"content": "A"}).status_code == 404


def attempts(client: Client, comment_id: str) -> list[Any]:
    """Each way to change or delete it."""
    api = f"/api/comments/{comment_id}/"
    change, delete = forms(comment_id)
    return [
        client.post(change, {"content": "A long and careful text"}),
        client.post(delete),
        client.get(change),
        client.get(delete),
        send(client, "PATCH", api, {"content": "X"}),
        send(client, "DELETE", api),
    ]


@pytest.mark.parametrize("minutes", [10, 60])
def test_after_ten_minutes_it_stays(client: Client, post: Post, minutes: int) -> None:
    comment_id = write(client, post)
    age(comment_id, minutes)
    before = Event.objects.count()
    responses = attempts(client, comment_id)
    for response in responses[:-2]:
        assert response.status_code == 403
        assert OVER in Page(response.text).text
    assert "A long and careful text" in responses[0].text
    for response in responses[-2:]:
        assert response.status_code == 403
        assert response.json() == {"detail": OVER}
    assert Event.objects.count() == before


def test_the_time_is_a_setting(client: Client, post: Post, settings: LazySettings) -> None:
    comment_id = write(client, post)
    age(comment_id, 59)
    settings.CHANGE_WINDOW = 3600
    change, _ = forms(comment_id)
    assert client.post(change, {"content": "In time"}).status_code == 302
    for window, words in ((90, "for 90 seconds."), (60, "for 1 minute."), (0, "cannot be changed")):
        settings.CHANGE_WINDOW = window
        response = client.get(change)
        assert response.status_code == 403
        assert words in response.text


def test_others_may_not(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    other = Client()
    write(other, post, "Mine")
    before = Event.objects.count()
    for browser in (other, Client(), browser_of("user"), browser_of("moderator")):
        statuses = [response.status_code for response in attempts(browser, comment_id)]
        assert statuses[:4] == [403] * 4
        assert set(statuses[4:]) <= {401, 403}
    assert Event.objects.count() == before


def test_staff_change_it_at_any_time_and_its_status_stays(client: Client, post: Post) -> None:
    comment_id = write(client, post, "An orange")
    age(comment_id, 60)
    staff, address = browser_of("staff"), f"/api/comments/{comment_id}/"
    changed = send(staff, "PATCH", address, {"content": "An o…"})
    assert (changed.status_code, changed.json()["status"]) == (200, "rejected")
    assert send(staff, "DELETE", address).status_code == 204


def test_a_decision_on_what_was_there_before_has_no_effect(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    comment_id = write(client, post)
    moderation.decide(UUID(comment_id), "approved", decided_by="Mo")
    client.post(forms(comment_id)[0], {"content": "Buy this", "author": "Ann"})
    settle()
    assert shown(comment_id) == ("Ann", "Buy this", "pending")
    assert "Buy this" not in Client().get("/").text


def test_a_form_that_is_sent_twice_changes_it_once(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    change, _ = forms(comment_id)
    [key] = [
        f.attributes["value"] for f in get(client, change).all("input", name="idempotency_key")
    ]
    typed = {"content": "Second", "author": "Ann", "idempotency_key": key}
    first = client.post(change, typed)
    age(comment_id, 11)  # the second comes late: what was saved is saved
    assert client.post(change, typed).headers["Location"] == first.headers["Location"]
    assert Comment.objects.get().revision == 2


def test_an_error_keeps_what_was_typed(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    response = client.post(forms(comment_id)[0], {"content": "x" * 5001, "author": "Zoe"})
    assert response.status_code == 400
    page = Page(response.text)
    assert "At most 5000 characters are allowed; this has 5001." in page.text
    assert page.find("input", name="author").attributes["value"] == "Zoe"
    assert page.find("a", href=f"#content-{comment_id}")


def test_a_comment_of_a_post_that_is_deleted_cannot_be_changed(client: Client, post: Post) -> None:
    comment_id = write(client, post)
    posts.delete_post(post.id)
    settle()
    assert {response.status_code for response in attempts(client, comment_id)} == {404}


def test_changes_are_throttled(client: Client, post: Post, settings: LazySettings) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "writes": "3/min"}
    comment_id = write(client, post)
    change, _ = forms(comment_id)
    assert client.post(change, {"content": "A"}).status_code == 302
    assert (
        send(client, "PATCH", f"/api/comments/{comment_id}/", {"content": "B"}).status_code == 200
    )
    assert client.post(change, {"content": "C"}).status_code == 429
    assert (
        send(client, "PATCH", f"/api/comments/{comment_id}/", {"content": "D"}).status_code == 429
    )
