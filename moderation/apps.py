"""Moderation as an app. After a migration it makes the group of people who may moderate."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions
from django.db import router, transaction
from django.db.models.signals import post_migrate

GROUP = "Moderators"
RIGHTS = (
    *("view_review", "change_review"),
    *("view_rule", "add_rule", "change_rule", "delete_rule"),
    *("view_reason", "add_reason", "change_reason", "delete_reason"),
)


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        post_migrate.connect(make_moderators, sender=self)
        import_module("moderation.outside")


def make_moderators(app_config: Any, using: str, apps: Any = global_apps, **kwargs: Any) -> None:
    """Make the group in the database of users, once: an administrator's changes to it stay."""
    try:
        groups = apps.get_model("auth", "Group")
    except LookupError:
        return
    if not router.allow_migrate_model(using, groups):
        return
    # Django makes the permissions after a migration too, but maybe after this.
    create_permissions(app_config, using=using, apps=apps, verbosity=0)
    with transaction.atomic(using=using):
        group, is_new = groups.objects.using(using).get_or_create(name=GROUP)
        if is_new:
            rights = apps.get_model("auth", "Permission").objects.using(using)
            own = rights.filter(content_type__app_label="moderation", codename__in=RIGHTS)
            group.permissions.set(own)
