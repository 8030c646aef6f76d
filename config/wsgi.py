"""What granian serves."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from web.bodies import Bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Bodies(get_wsgi_application())

# What has been loaded stays for good. Looking through all of it for garbage again and again would
# cost a tenth of the processor's time, and now and then a reader a tenth of a second.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
