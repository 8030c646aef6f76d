"""What granian serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.memory import keep_loaded
from web.bodies import Bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Bodies(get_wsgi_application())

import_module(settings.ROOT_URLCONF)
keep_loaded()
