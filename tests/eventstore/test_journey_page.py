"""The page of a journey in the admin, and the ways that lead to it."""

import re
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore import correlation, journey_page
from eventstore.consumer import consumers
from eventstore.models import Event
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PAGE = "/admin/eventstore/event/journey/"


@pytest.fixture
def comment_id(post: Post) -> UUID:
    with correlation.scope("a request/with?odd&characters"):
        comment_id = comments.create_comment(post.id, "Ann", "A <b>kind</b> orange").id
    settle()
    return comment_id


def text_of(page: str) -> str:
    """As a reader reads it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def read(browser: Client, key: object, status: int = 200) -> str:
    response = browser.get(PAGE, {"of": str(key)})
    assert response.status_code == status
    return response.content.decode()


def test_it_shows_what_each_service_did_and_the_rules_decision(comment_id: UUID) -> None:
    page = read(browser_of("superuser"), comment_id)
    shown = text_of(page)

    for text in (
        "a request/with?odd&amp;characters",
        "published CommentCreated event #2",
        "handled CommentCreated event #2 published CommentModerated event #3 : "
        "rejected , the rule “orange”, by filter",
        "handled CommentModerated event #3 published CommentUpdated event #4 : rejected",
        "after it came into the log, measured",
    ):
        assert text in shown
    assert "kind" not in page
    assert "Ann" not in page
    assert page.count('class="hop lane-') == 6
    assert re.findall(r"<span>(\w+)</span>", page) == ["comments", "moderation", "query"]


def test_staff_without_further_rights_see_it_without_links_to_events(comment_id: UUID) -> None:
    page = read(browser_of("staff"), comment_id)
    assert "event/2/change" not in page
    assert "CommentModerated" in page
    assert browser_of("moderator").get(PAGE).status_code == 302


def test_it_is_found_by_every_id_and_what_is_unknown_is_404(comment_id: UUID) -> None:
    browser = browser_of("staff")
    for key in (Event.objects.get(position=3).id, comment_id, "a request/with?odd&characters"):
        assert "CommentModerated" in read(browser, key)
    assert "has this id" in read(browser, "nothing", 404)
    assert "has this id" in read(browser, "<script>" * 50, 404)
    assert "<script>" not in read(browser, "<script>", 404)
    assert "every event of one correlation" in text_of(browser.get(PAGE).content.decode())
    for after in ("x", "-1", "9" * 40, "²"):
        assert browser.get(PAGE, {"of": str(comment_id), "after": after}).status_code == 200


def test_what_failed_and_what_is_to_come_are_shown(
    post: Post, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 0

    def fail(event: object) -> None:
        raise ZeroDivisionError("no <rule> can judge this")

    with monkeypatch.context() as patch:
        patch.setitem(consumers()["moderation"].handlers, "CommentCreated", fail)
        comment_id = comments.create_comment(post.id, "Ann", "A kind word").id
        consumers()["moderation"].catch_up()

    shown = text_of(read(browser_of("staff"), comment_id))
    assert "parked CommentCreated #2 5 attempts failed ZeroDivisionError: no &lt;rule&gt;" in shown
    assert "to come" in shown
    assert "not done yet" in shown


def test_a_large_one_is_shown_in_parts(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        comments.create_comment(post.id, f"Ann {n}", "A kind word")
    settle()
    with correlation.scope("a-deletion"):
        posts.delete_post(post.id)
    settle()
    whole = text_of(read(browser_of("superuser"), "a-deletion"))
    assert "published 6 more CommentDeleted" in whole

    monkeypatch.setattr(journey_page, "SHOWN_EVENTS", 4)
    browser = browser_of("staff")
    page = read(browser, "a-deletion")
    assert "Only 4 events are shown here." in text_of(page)
    [following] = re.findall(r'href="(\?of=a-deletion&amp;after=\d+)">The next ones', page)
    page = browser.get(PAGE + following.replace("&amp;", "&")).content.decode()
    assert "The first ones" in page
    assert "The next ones" in page


def test_the_pages_of_a_comment_lead_to_it(comment_id: UUID, post: Post) -> None:
    superuser, address = browser_of("superuser"), f"{PAGE}?of={comment_id}"
    approved = comments.create_comment(post.id, "Bob", "A kind word").id
    settle()
    on_page = superuser.get(f"/posts/{post.id}/", follow=True).content.decode()
    assert f'href="{PAGE}?of={approved}"' in on_page
    assert f'href="{PAGE}?of={post.id}"' in on_page
    pages = [
        f"/admin/comments/comment/{comment_id}/change/",
        f"/admin/moderation/review/{comment_id}/change/",
    ]
    for page in pages:
        response = superuser.get(page, follow=True)
        assert f'href="{address}"' in response.content.decode(), page
    event = Event.objects.get(position=3)
    for page in ("/admin/eventstore/event/", "/admin/eventstore/event/3/change/"):
        assert f'href="{PAGE}?of={event.id}"' in superuser.get(page).content.decode()
    for kind in ("anonymous", "user", "moderator"):
        page = browser_of(kind).get(f"/posts/{post.id}/", follow=True).content.decode()
        assert PAGE not in page
    moderation.decide(comment_id, "approved", decided_by="Mo")
    settle()
    assert Comment.objects.get(pk=comment_id).status == "approved"
    assert "Other journeys of the same comment" in read(superuser, comment_id)
