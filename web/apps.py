from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WebConfig(AppConfig):
    name = "web"


class AdminConfig(admin.AdminConfig):
    default = False  # the app "web" is WebConfig
    default_site = "web.admin.AdminSite"
