"""What granian serves. For other servers there is ``config/wsgi.py``."""

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.processes.layout import MAX_CONNECTIONS
from config.startup import keep_loaded, limit_statements, read_settings_or_exit
from web.sockets import allow_files

read_settings_or_exit()
allow_files(2 * MAX_CONNECTIONS)  # and files of databases
django_application = get_wsgi_application()  # first: what follows needs the apps
application = import_module("web.asgi").Server(django_application)

limit_statements()
import_module(settings.ROOT_URLCONF)
keep_loaded()
