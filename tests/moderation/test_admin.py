"""Moderators in the admin: the queue, decisions on one comment and on many, and rights."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

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


def test_what_waits_comes_first_then_the_newest(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="maybe", match="word", action="hold")
    for content in ("maybe 1", "good 1", "maybe 2", "an orange", "good 2"):
        comment_on(post, content)
    wanted = ["maybe 2", "maybe 1", "good 2", "an orange", "good 1"]
    assert shown(moderator) == wanted


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
    html = moderator.get(QUEUE).content.decode()
    assert "&lt;b&gt;an orange" in html
    assert "&lt;i&gt;Eve" in html
    assert "x" * 130 not in html
    assert "the rule “orange”" in html
    link = f"/posts/{post.id}/?comment={comment_id}#comment-{comment_id}"
    assert f'href="{link}"' in html
    assert f'href="{link}"' in moderator.get(page_of(comment_id)).content.decode()
    assert moderator.get(link).status_code == 200


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
    Review.objects.filter(comment_id=comment_id).update(**held)
    assert "import<br>" in moderator.get(QUEUE).content.decode()


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


def test_bulk_takes_all_pages_if_selected(moderator: Client, post: Post) -> None:
    ids = [comment_on(post, f"fine {n}") for n in range(3)]
    decide_on(moderator, "reject", ids[0], select_across="1")
    assert {on_the_page(comment_id) for comment_id in ids} == {"rejected"}


def test_bulk_decides_on_all_or_none(
    moderator: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [comment_on(post, f"fine {n}") for n in range(3)]
    real, calls = Outbox.publish, []

    def fails_at_the_second(event: Any) -> Any:
        calls.append(event)
        if len(calls) == 2:
            raise RuntimeError("no")
        return real(event)

    monkeypatch.setattr(Outbox, "publish", fails_at_the_second)
    with pytest.raises(RuntimeError):
        decide_on(moderator, "reject", *ids)
    settle()
    assert set(Review.objects.values_list("status", flat=True)) == {"approved"}
    assert {on_the_page(comment_id) for comment_id in ids} == {"approved"}


@pytest.fixture
def viewer(transactional_db: None) -> Client:
    user = User.objects.create_user("vi", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_review"))
    return logged_in(user)


def test_who_may_only_view_decides_nothing(viewer: Client, post: Post) -> None:
    comment_id = comment_on(post, "fine")
    assert shown(viewer) == ["fine"]
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
    }
    group.permissions.remove(Permission.objects.get(codename="delete_rule"))
    migrate()
    assert not group.permissions.filter(codename="delete_rule").exists()
