"""Settings of the blog's own processes in the way with the event store.

They are the blog's. One app is added, with a crash point at the place where a transaction has just
committed and its relay would begin. Nothing else of the blog is changed.
"""

from typing import Any

from django.apps import AppConfig

from comparison.delivery.crash import crash_point
from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "comparison.delivery.blog_settings.CrashAfterCommit"]  # noqa: F405


class CrashAfterCommit(AppConfig):
    name = "comparison.delivery"

    def ready(self) -> None:
        from eventstore import outbox  # it has models

        relay = outbox.relay_quietly

        def crash_or_relay(*arguments: Any, **options: Any) -> None:
            crash_point()
            relay(*arguments, **options)

        vars(outbox)["relay_quietly"] = crash_or_relay
