from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WebConfig(AppConfig):
    name = "web"


class AdminConfig(admin.AdminConfig):
    default = False  # it is not what "web" stands for
    default_site = "web.adminsite.AdminSite"
