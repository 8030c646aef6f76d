"""After a migration: make the group of people who may moderate, and nothing else."""

from typing import Any

from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions
from django.db import router, transaction
from django.db.models.signals import post_migrate
from django.dispatch import receiver

GROUP = "Moderators"
RIGHTS = ("view_review", "change_review", "view_rule", "add_rule", "change_rule", "delete_rule")


@receiver(post_migrate)
def make_moderators(app_config: Any, using: str, apps: Any = global_apps, **kwargs: Any) -> None:
    """Make the group in the database of users, once: an administrator's changes to it stay."""
    if app_config.label != "moderation" or not _has_groups(apps, using):
        return
    # Django makes the permissions after a migration too, but maybe after this.
    create_permissions(app_config, using=using, apps=apps, verbosity=0)
    with transaction.atomic(using=using):
        group, is_new = (
            apps.get_model("auth", "Group").objects.using(using).get_or_create(name=GROUP)
        )
        if is_new:
            rights = apps.get_model("auth", "Permission").objects.using(using)
            group.permissions.set(
                rights.filter(content_type__app_label="moderation", codename__in=RIGHTS)
            )


def _has_groups(apps: Any, using: str) -> bool:
    try:
        return router.allow_migrate_model(using, apps.get_model("auth", "Group"))
    except LookupError:
        return False
