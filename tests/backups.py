"""Backups of one database, and going back to them, within a test: its rows, all tables."""

from collections.abc import Callable

from django.apps import apps


def backup(app: str) -> Callable[[], None]:
    """The database of this service, or of the event store, as it is now; call the result to restore
    it."""
    models = list(apps.get_app_config(app).get_models())
    kept = {model: list(model._default_manager.order_by("pk")) for model in models}

    def restore() -> None:
        for model, rows in kept.items():
            model._default_manager.all().delete()
            for row in rows:
                row._state.adding = True
            model._default_manager.bulk_create(rows)

    return restore
