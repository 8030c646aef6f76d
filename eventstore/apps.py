from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventStoreConfig(AppConfig):
    name = "eventstore"
    verbose_name = "Event store"

    def ready(self) -> None:
        import_module("eventstore.tasks")  # it connects wake_consumers
        # Of each service: what it does about events, and which rows of its own they carry.
        autodiscover_modules("handlers", "recovery")
