"""Settings of the blog's own processes in the way with the event store: the blog's, and one app
with a crash point at the place where a transaction has just committed and its relay would begin."""

from typing import Any

from django.apps import AppConfig

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "comparison.delivery.blog_settings.CrashAfterCommit"]  # noqa: F405


class CrashAfterCommit(AppConfig):
    name = "comparison.delivery"

    def ready(self) -> None:
        from comparison.delivery.services import crash_point
        from eventstore import outbox  # it has models

        relay = outbox.relay_quietly

        def crash_or_relay(*arguments: Any, **options: Any) -> None:
            crash_point()
            relay(*arguments, **options)

        vars(outbox)["relay_quietly"] = crash_or_relay
