"""The blog's web process, with a mortal place."""

from config.wsgi import application as application

from comparison.delivery.blog import mortal_relay as mortal_relay  # isort: skip - it needs Django
