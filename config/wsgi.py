import os

from django.core.wsgi import get_wsgi_application

from web.bodies import Bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Bodies(get_wsgi_application())
