"""For servers other than granian, which have to receive whole requests before they occupy a thread:
see "Another server" in docs/operations.md. (granian serves ``config/asgi.py``.)"""

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.startup import keep_loaded, limit_statements, read_settings_or_exit
from web.bodies import Bodies

read_settings_or_exit()
application = Bodies(get_wsgi_application())

limit_statements()
import_module(settings.ROOT_URLCONF)
keep_loaded()
