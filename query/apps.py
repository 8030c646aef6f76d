from importlib import import_module

from django.apps import AppConfig


class QueryConfig(AppConfig):
    name = "query"

    def ready(self) -> None:
        import_module("query.handlers")
