"""Moderators in the admin: the queue, decisions on one comment and on many, and rights."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments.services import delete_comment
from moderation.models import Outbox, Review, Rule
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import (
    QUEUE,
    RULES,
    comment_on,
    decide,
    decide_on,
    logged_in,
    on_the_page,
    page_of,
    published_decisions,
    shown,
)

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_decision_is_recorded_published_and_can_be_changed(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "an orange")
    assert on_the_page(comment_id) == "rejected"
    answer = decide(moderator, comment_id, "_approve", " A fruit\nafter all ")
    assert answer.headers["Location"] == QUEUE
    review = Review.objects.get(comment_id=comment_id)
    assert (review.status, review.decided_by) == ("approved", "mo")
    assert review.reason == "A fruit after all"
    assert review.decided_at is not None
    assert on_the_page(comment_id) == "approved"
    decide(moderator, comment_id, "_reject")
    review.refresh_from_db()
    assert (review.status, review.reason) == ("rejected", "")
    assert on_the_page(comment_id) == "rejected"
    approved = ['"status":"approved"' in data for data in published_decisions(comment_id)]
    assert approved == [False, True, False]
    history = LogEntry.objects.order_by("id").values_list("change_message", flat=True)
    assert list(history) == ["Approved. A fruit after all", "Rejected. "]


@pytest.mark.parametrize(
    ("why", "message"), [("y" * 201, "at most 200 characters"), ("a\x07b", "Control characters")]
)
def test_a_bad_reason_is_an_error_and_nothing_is_decided(
    moderator: Client, post: Post, why: str, message: str
) -> None:
    comment_id = comment_on(post, "fine")
    single = decide(moderator, comment_id, "_reject", why)
    assert single.status_code == 200
    assert message in single.content.decode()
    assert single.context["adminform"].form.errors.keys() == {"why"}
    assert message in decide_on(moderator, "reject", comment_id, why=why).content.decode()
    assert on_the_page(comment_id) == "approved"
    assert len(published_decisions(comment_id)) == 1


@pytest.mark.parametrize("button", ["_save", "_continue"])
def test_saving_without_a_decision_decides_nothing(
    moderator: Client, post: Post, button: str
) -> None:
    comment_id = comment_on(post, "fine")
    answer = decide(moderator, comment_id, button)
    assert "Press Approve or Reject." in answer.content.decode()
    assert len(published_decisions(comment_id)) == 1


def test_nothing_but_the_decision_can_be_changed(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "fine")
    forged = {"_reject": "x", "content": "forged", "author": "forged", "decided_by": "forged"}
    moderator.post(page_of(comment_id), forged)
    review = Review.objects.get(comment_id=comment_id)
    assert (review.content, review.author, review.decided_by) == ("fine", "Bob", "mo")
    assert moderator.get(f"{QUEUE}add/").status_code == 403
    assert moderator.post(f"{QUEUE}{comment_id}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in moderator.get(QUEUE).content.decode()


def test_a_comment_that_is_gone(moderator: Client, post: Post) -> None:
    gone, stays = comment_on(post, "fine 1"), comment_on(post, "fine 2")
    delete_comment(gone)
    settle()
    assert decide(moderator, gone, "_reject").status_code == 302
    decide_on(moderator, "reject", gone, stays)
    assert on_the_page(stays) == "rejected"
    assert moderator.get(f"{QUEUE}nonsense/change/").status_code == 302


def test_what_is_pending_comes_first_and_the_oldest_of_it(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="maybe", match="word", action="hold")
    for content in ("maybe 1", "good 1", "maybe 2", "an orange", "good 2"):
        comment_on(post, content)
    assert shown(moderator) == ["maybe 1", "maybe 2"]
    assert shown(moderator, status__exact="approved") == ["good 2", "good 1"]
    newest_first = ["good 2", "an orange", "maybe 2", "good 1", "maybe 1"]
    assert shown(moderator, status__exact="all") == newest_first


def test_the_queue_is_filtered_and_searched(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="maybe", match="word", action="hold")
    comment_on(post, "maybe so", "Ann")
    orange = comment_on(post, "an orange")
    comment_on(post, "fine")
    decide(moderator, orange, "_approve", "a fruit after all")
    assert shown(moderator, status__exact="pending") == ["maybe so"]
    assert shown(moderator, matched_term="maybe") == ["maybe so"]
    assert shown(moderator, matched_term="") == ["fine"]
    assert shown(moderator, decided_by="mo") == ["an orange"]
    assert shown(moderator, decided_by="filter") == ["fine"]
    assert shown(moderator, decided_by="") == ["maybe so"]
    assert shown(moderator, created_at__gte="2100-01-01 00:00:00+00:00") == []
    for words, found in (("ann", "maybe so"), ("FINE", "fine"), ("fruit", "an orange")):
        assert shown(moderator, q=words) == [found]
    assert "(none)" in moderator.get(QUEUE).content.decode()


def test_the_queue_shows_reason_term_and_the_way_to_the_page(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, f"<b>an orange {'x' * 200}", "<i>Eve")
    html = moderator.get(QUEUE, {"status__exact": "all"}).content.decode()
    assert "&lt;b&gt;an <mark>orange</mark>" in html
    assert "&lt;i&gt;Eve" in html
    assert "x" * 200 in html
    assert "the rule “orange”" in html
    link = f"/posts/{post.id}/?comment={comment_id}#comment-{comment_id}"
    assert f'href="{link}"' in html
    assert f'href="{link}"' in moderator.get(page_of(comment_id)).content.decode()
    assert moderator.get(link, follow=True).status_code == 200


def test_where_the_page_has_another_origin_the_link_goes_there(
    moderator: Client, post: Post, settings: Any
) -> None:
    comment_id = comment_on(post, "fine")
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "query": "http://{host}:8000"}
    html = moderator.get(page_of(comment_id)).content.decode()
    assert f'href="http://testserver:8000/posts/{post.id}/' in html


def test_the_rule_that_held_a_comment_is_shown_before_a_decision(
    moderator: Client, post: Post
) -> None:
    """As an import does."""
    comment_id = comment_on(post, "fine")
    held = {"status": "pending", "decided_by": "import", "decided_at": None}
    Review.objects.filter(comment_id=comment_id).update(**held, reason="held by the rule “fine”")
    assert "Held by the rule “fine”" in moderator.get(QUEUE).content.decode()


def test_decisions_in_bulk(moderator: Client, post: Post) -> None:
    ids = [comment_on(post, f"an orange {n}") for n in range(3)]
    answer = decide_on(moderator, "approve", *ids[:2], why="Fruit.")
    assert "Approved 2 comments." in answer.content.decode()
    assert [on_the_page(comment_id) for comment_id in ids] == ["approved", "approved", "rejected"]
    reviews = Review.objects.filter(decided_by="mo", reason="Fruit.", status="approved")
    assert {review.comment_id for review in reviews} == set(ids[:2])
    decide_on(moderator, "reject", ids[0])
    assert on_the_page(ids[0]) == "rejected"
    assert LogEntry.objects.count() == 3


def test_bulk_takes_all_pages_if_selected(moderator: Client, post: Post, settings: Any) -> None:
    settings.MODERATION_DEFAULT = "hold"
    ids = [comment_on(post, f"fine {n}") for n in range(3)]
    decide_on(moderator, "reject", ids[0], select_across="1")
    assert {on_the_page(comment_id) for comment_id in ids} == {"rejected"}


def test_bulk_decides_on_all_or_none(
    moderator: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [comment_on(post, f"fine {n}") for n in range(3)]

    def fails_at_its_end(events: Iterable[Any]) -> None:
        for event in events:
            Outbox.publish(event)
        raise RuntimeError("no")

    monkeypatch.setattr(Outbox, "publish_all", fails_at_its_end)
    with pytest.raises(RuntimeError):
        decide_on(moderator, "reject", *ids)
    settle()
    assert set(Review.objects.values_list("status", flat=True)) == {"approved"}
    assert {on_the_page(comment_id) for comment_id in ids} == {"approved"}


def test_what_one_request_has_no_time_for_is_left_and_shown(
    moderator: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of selected comments neither make the request long nor lock the queue."""
    monkeypatch.setattr("web.admin.ACTION_SECONDS", -1)
    texts = {"post_id": post.id, "author": "Ann", "content": "A kind word", "status": "pending"}
    Review.objects.bulk_create(Review(comment_id=uuid4(), **texts) for _ in range(250))
    one = Review.objects.values_list("comment_id", flat=True)[0]
    for left in (150, 50):
        answer = decide_on(moderator, "reject", one, why="spam", select_across="1").text
        assert "Rejected 100 comments." in answer
        assert f"{left} of the selected are left" in answer
        assert Review.objects.filter(status="pending").count() == left
    with CaptureQueriesContext(connections["moderation"]) as queries:
        monkeypatch.setattr("web.admin.ACTION_SECONDS", 60)
        answer = decide_on(moderator, "reject", one, why="spam", select_across="1").text
    assert "of the selected are left" not in answer
    assert set(Review.objects.values_list("status", flat=True)) == {"rejected"}
    assert len(queries) < 250 / 2


@pytest.fixture
def viewer(transactional_db: None) -> Client:
    user = User.objects.create_user("vi", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_review"))
    return logged_in(user)


def test_who_may_only_view_decides_nothing(viewer: Client, post: Post) -> None:
    comment_id = comment_on(post, "fine")
    assert shown(viewer, status__exact="all") == ["fine"]
    html = viewer.get(page_of(comment_id)).content.decode()
    assert "fine" in html
    assert "_approve" not in html
    assert 'name="why"' not in html
    assert decide(viewer, comment_id, "_reject").status_code == 403
    decide_on(viewer, "reject", comment_id)
    assert on_the_page(comment_id) == "approved"
    assert viewer.get(RULES).status_code == 403


def test_strangers_see_nothing(post: Post) -> None:
    comment_id = comment_on(post, "fine")
    for address in (QUEUE, page_of(comment_id), RULES):
        assert "/admin/login/" in Client().get(address).headers["Location"]
    assert "/admin/login/" in decide(Client(), comment_id, "_reject").headers["Location"]
    assert on_the_page(comment_id) == "approved"


def test_moderators_moderate_and_do_nothing_else(moderator: Client) -> None:
    models = [
        (model["object_name"], sorted(right for right, given in model["perms"].items() if given))
        for app in moderator.get("/admin/").context["app_list"]
        for model in app["models"]
    ]
    assert models == [
        ("Reason", ["add", "change", "delete", "view"]),
        ("Review", ["change", "view"]),
        ("Rule", ["add", "change", "delete", "view"]),
    ]
    for address in ("/admin/auth/user/", "/admin/auth/group/", "/admin/eventstore/event/"):
        assert moderator.get(address).status_code == 403


def migrate() -> None:
    call_command("migrate", database="default", verbosity=0)


@pytest.mark.django_db(databases=["default"])  # rolled back: other tests need the permissions
def test_the_group_is_made_by_migration_and_then_left_alone() -> None:
    Group.objects.all().delete()
    Permission.objects.filter(content_type__app_label="moderation").delete()
    migrate()
    group = Group.objects.get()
    rights = {permission.codename for permission in group.permissions.all()}
    assert rights == {
        *("view_review", "change_review"),
        *("view_rule", "add_rule", "change_rule", "delete_rule"),
        *("view_reason", "add_reason", "change_reason", "delete_reason"),
    }
    group.permissions.remove(Permission.objects.get(codename="delete_rule"))
    migrate()
    assert not group.permissions.filter(codename="delete_rule").exists()


# --- Two moderators


def fields_of(client: Client, address: str) -> dict[str, str]:
    """The hidden ``seen`` of the form there, as a browser would send it."""
    context = client.get(address, {"status__exact": "all"} if address == QUEUE else {}).context
    form = context["action_form"] if "cl" in context else context["adminform"].form
    return {"seen": form["seen"].field.prepare_value(form["seen"].initial)}


def test_the_second_of_two_moderators_sees_both_decisions_and_overwrites_none(
    moderator: Client, second: Client, post: Post
) -> None:
    comment_id = comment_on(post, "an orange")
    page = page_of(comment_id)
    first_form, second_form = fields_of(moderator, page), fields_of(second, page)
    moderator.post(page, {"_approve": "x", "why": "a fruit after all", **first_form})
    answer = second.post(page, {"_reject": "x", "why": "spam", **second_form}, follow=True)
    text = answer.content.decode()
    assert "was decided on meanwhile, by mo: Approved (a fruit after all)." in text
    assert "Your decision was not saved: Rejected (spam)" in text
    settle()
    assert on_the_page(comment_id) == "approved"
    assert Review.objects.get().decided_by == "mo"
    assert len(published_decisions(comment_id)) == 2

    again = second.post(page, {"_reject": "x", "why": "spam", **fields_of(second, page)})
    assert again.headers["Location"] == QUEUE
    settle()
    assert on_the_page(comment_id) == "rejected"


def test_a_bulk_decision_leaves_what_another_has_decided_meanwhile(
    moderator: Client, second: Client, post: Post
) -> None:
    ours, theirs = comment_on(post, "an orange"), comment_on(post, "two oranges")
    page = fields_of(second, QUEUE)
    decide(moderator, theirs, "_approve", "fine")
    answer = decide_on(second, "reject", ours, theirs, why="spam", **page)
    text = answer.content.decode()
    assert "Rejected 1 comment." in text
    assert "was decided on meanwhile, by mo: Approved (fine)." in text
    assert (on_the_page(ours), on_the_page(theirs)) == ("rejected", "approved")
    assert Review.objects.get(comment_id=ours).decided_by == "ma"

    decide_on(second, "reject", theirs, why="spam", **fields_of(second, QUEUE))
    assert on_the_page(theirs) == "rejected"


def test_who_changes_their_own_decision_needs_no_second_look(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "an orange")
    page = page_of(comment_id)
    form = fields_of(moderator, page)  # in one tab, while they decide in another
    decide(moderator, comment_id, "_approve")
    moderator.post(page, {"_reject": "x", "why": "", **form})
    settle()
    assert on_the_page(comment_id) == "rejected"


def test_what_a_moderator_has_seen_is_nothing_to_look_at(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "an orange")
    for address in (f"{QUEUE}?status__exact=all", page_of(comment_id)):
        text = moderator.get(address).content.decode()
        assert 'name="seen"' in text
        assert "Seen" not in text
