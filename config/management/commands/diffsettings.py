"""``manage.py diffsettings``: Django's, without passwords and keys."""

from typing import Any

from django.core.management.commands import diffsettings

from web.debug import without_secrets


class Command(diffsettings.Command):
    def handle(self, **options: Any) -> str:
        return without_secrets(super().handle(**options) or "")
