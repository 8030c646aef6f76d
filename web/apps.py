from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WebConfig(AppConfig):
    name = "web"

    def ready(self) -> None:
        from eventstore.tasks import swept  # both have models
        from web.keys import delete_expired

        swept.connect(delete_expired)
        import_module("web.tokens")  # before the admin looks for those of the apps
        import_module("web.uuids")  # before any addresses are read


class AdminConfig(admin.AdminConfig):
    default = False  # the app "web" is WebConfig
    default_site = "web.admin.AdminSite"
