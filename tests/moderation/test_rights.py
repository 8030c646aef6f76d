"""Who may moderate in the admin, and what moderators may do beside it: nothing."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from posts.models import Post
from tests.moderation.moderating import (
    QUEUE,
    RULES,
    decide,
    decide_on,
    logged_in,
    on_the_page,
    page_of,
    say,
    shown,
)

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def viewer(transactional_db: None) -> Client:
    user = User.objects.create_user("vi", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_review"))
    return logged_in(user)


def test_who_may_only_view_decides_nothing(viewer: Client, post: Post) -> None:
    comment_id = say(post, "fine")
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
    comment_id = say(post, "fine")
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
