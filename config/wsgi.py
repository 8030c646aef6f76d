"""What granian serves."""

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.memory import keep_loaded
from config.starting import read_settings_or_end
from web.bodies import Bodies

read_settings_or_end()
application = Bodies(get_wsgi_application())

import_module(settings.ROOT_URLCONF)
keep_loaded()
