"""One rule: an app that is a service, or the event store, lives in the alias of its name."""

from typing import Any

from django.conf import settings
from django.db.models import Model


class AppAliasRouter:
    """``posts.Post`` lives in ``posts``; Django's own models live in ``default``."""

    def _alias(self, app_label: str) -> str:
        return app_label if app_label in settings.ALL_ALIASES else "default"

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return self._alias(model._meta.app_label)

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return self._alias(model._meta.app_label)

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        return self._alias(obj1._meta.app_label) == self._alias(obj2._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == self._alias(app_label)
