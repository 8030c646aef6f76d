from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventStoreConfig(AppConfig):
    name = "eventstore"
    verbose_name = "Event store"

    def ready(self) -> None:
        import_module("eventstore.tasks")  # it connects wake_consumers
        autodiscover_modules("handlers")  # of each service that consumes events
