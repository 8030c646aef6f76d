"""What granian serves."""

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.startup import keep_loaded, read_settings_or_exit
from web.bodies import Bodies

read_settings_or_exit()
application = Bodies(get_wsgi_application())

import_module(settings.ROOT_URLCONF)
keep_loaded()
