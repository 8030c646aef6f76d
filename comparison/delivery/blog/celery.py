"""``celery -A comparison.delivery.blog.celery``: the blog's workers, with a mortal place."""

import django

from config.celery import app as app

django.setup()

from comparison.delivery.blog import mortal_relay as mortal_relay  # noqa: E402 - it needs Django
