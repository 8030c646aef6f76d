from importlib import import_module

from django.apps import AppConfig


class EventStoreConfig(AppConfig):
    name = "eventstore"
    verbose_name = "Event store"

    def ready(self) -> None:
        import_module("eventstore.tasks")  # it connects wake_consumers
